import type { JsonObject } from '../json.ts';
import { listAt, textAt } from '../json.ts';
import { LeverError } from './lever-errors.ts';
import type { Credential, Opportunity } from './lever-state.ts';

/** Filters of `GET /opportunities` that name a value: any of those given will do. Tags count their case. */
const VALUES_OF: Record<string, (opportunity: Opportunity) => readonly string[]> = {
  tag: ({ tags }) => tags,
  email: ({ emails }) => emails,
  stage_id: ({ stage }) => [stage],
  posting_id: ({ application }) => (application ? [application.posting] : []),
  contact_id: ({ contact }) => [contact],
  origin: ({ origin }) => [origin],
  source: ({ sources }) => sources,
  archived: ({ archived }) => [String(archived !== null)],
  archive_reason_id: ({ archived }) => (archived ? [archived.reason] : []),
};

const TIMES_OF: Record<string, (opportunity: Opportunity) => number | null> = {
  created_at: ({ createdAt }) => createdAt,
  updated_at: ({ updatedAt }) => updatedAt,
  advanced_at: ({ lastAdvancedAt }) => lastAdvancedAt,
  archived_at: ({ archived }) => archived?.archivedAt ?? null,
};

type Test = (opportunity: Opportunity) => boolean;

/** One test for all filters of a query. Confidential rows show only when asked for and granted. */
export function filterOf(query: JsonObject, credential: Credential): Test {
  const tests = [...valueTests(query), ...timeTests(query), confidentialityTest(query, credential)];
  return (opportunity) =>
    opportunity.account === credential.account && tests.every((passes) => passes(opportunity));
}

function valueTests(query: JsonObject): Test[] {
  return Object.entries(VALUES_OF).flatMap(([name, valuesOf]) => {
    const wanted = new Set(listAt(query, name));
    return wanted.size === 0
      ? []
      : [(opportunity: Opportunity) => valuesOf(opportunity).some((value) => wanted.has(value))];
  });
}

function timeTests(query: JsonObject): Test[] {
  return Object.entries(TIMES_OF).flatMap(([name, timeOf]) => {
    const start = textAt(query, `${name}_start`);
    const end = textAt(query, `${name}_end`);
    if (start === undefined && end === undefined) return [];
    const [from, to] = [Number(start ?? 0), Number(end ?? Infinity)];
    return [
      (opportunity: Opportunity) => {
        const time = timeOf(opportunity);
        return time !== null && time >= from && time <= to;
      },
    ];
  });
}

function confidentialityTest(query: JsonObject, credential: Credential): Test {
  const wanted = textAt(query, 'confidentiality') ?? 'non-confidential';
  if (wanted !== 'non-confidential' && !credential.confidential) {
    throw new LeverError(403, 'This credential has no access to confidential data');
  }
  return (opportunity) => wanted === 'all' || opportunity.confidentiality === wanted;
}
