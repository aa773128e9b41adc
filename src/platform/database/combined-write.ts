import { QueryFailedError } from 'typeorm';

/** A write of a transaction whose answer nobody waits for. */
export interface Write {
  /** An INSERT, UPDATE or DELETE without RETURNING, its values as `$1`, `$2` and so on. */
  text: string;
  values: readonly unknown[];
  /**
   * Names the row that is changed, where another write of the same transaction may change it, too: one statement changes
   * a row once.
   */
  row?: string;
  /** What the rows that it inserted are called by the writes after it, as a table of their `id`s. */
  inserted?: string;
  /** The fewest rows that it must write; with fewer the transaction fails. Left out: none. */
  atLeast?: { rows: number; orElse: () => Error };
  /** A unique constraint that says that somebody was faster, and what to throw then. */
  unlessTaken?: { constraint: string; orElse: () => Error };
}

/** A function of the database that is called when all is written. */
export interface Call {
  /** As `append_audit_entries($1)`. */
  text: string;
  values: readonly unknown[];
}

export interface Statement {
  text: string;
  values: unknown[];
}

/** SQLSTATE of `refuse_write`, of a class that PostgreSQL leaves to applications. */
const REFUSED = 'LV001';

/**
 * One statement that does all of it in the stated order, or nothing. The writes do not see one another, except
 * for what one names `inserted`; foreign keys are looked at when all is written.
 */
export function combine(writes: readonly Write[], calls: readonly Call[]): Statement {
  const [only] = writes;
  if (only && writes.length === 1 && !only.atLeast && calls.length === 0) {
    return { text: only.text, values: [...only.values] };
  }
  const values: unknown[] = [];
  const add = (part: { text: string; values: readonly unknown[] }): string => {
    const before = values.length;
    values.push(...part.values);
    return part.text.replaceAll(/\$(\d+)/g, (_, number: string) => `$${Number(number) + before}`);
  };
  const names = writes.map(({ inserted }, index) => inserted ?? `w${index}`);
  const parts = writes.map(
    (write, index) =>
      `${names[index]} AS (${add(write)} RETURNING ${write.inserted === undefined ? '1' : 'id'})`,
  );
  // Each is done when it is counted; a count of fewer than no rows never is, but the server does not know that.
  const checks = writes.map(
    ({ atLeast }, index) =>
      `WHEN (SELECT count(*) FROM ${names[index]}) < ${atLeast?.rows ?? 0} THEN refuse_write(${index})`,
  );
  const answer = calls.length === 0 ? '1' : calls.map(add).join(', ');
  if (writes.length === 0) return { text: `SELECT ${answer}`, values };
  const text = `WITH ${parts.join(', ')} SELECT ${answer} WHERE CASE ${checks.join(' ')} ELSE true END`;
  return { text, values };
}

/** What a failure of the combined statement is to whoever wrote the part that it is about. */
export function failureOf(error: unknown, { text, values }: Statement, writes: readonly Write[]): unknown {
  const { code, constraint, detail } = error as { code?: string; constraint?: string; detail?: string };
  if (code === REFUSED) return writes[Number(detail)]?.atLeast?.orElse() ?? error;
  const taken = writes.find(({ unlessTaken }) => unlessTaken && unlessTaken.constraint === constraint);
  if (taken?.unlessTaken) return taken.unlessTaken.orElse();
  return error instanceof Error ? new QueryFailedError(text, values, error) : error;
}
