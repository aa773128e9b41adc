import type { DataSource } from 'typeorm';
import type { SentQuery } from './counting-queries.js';

/** As PostgreSQL explains what it did. */
interface Plan {
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** How many rows the steps of its plan read in all, those they left out included. The statement is carried out. */
export async function rowsReadFor(dataSource: DataSource, { text, values }: SentQuery): Promise<number> {
  const [explained] = await dataSource.query<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  );
  const plan = explained?.['QUERY PLAN'][0]?.Plan;
  if (!plan) throw new Error('a statement has no plan');
  return rowsReadBy(plan);
}

const rowsReadBy = (plan: Plan): number => {
  const once =
    (plan['Actual Rows'] ?? 0) +
    (plan['Rows Removed by Filter'] ?? 0) +
    (plan['Rows Removed by Join Filter'] ?? 0) +
    (plan['Rows Removed by Index Recheck'] ?? 0);
  const below = (plan.Plans ?? []).map(rowsReadBy);
  return below.reduce((sum, rows) => sum + rows, once * (plan['Actual Loops'] ?? 1));
};
