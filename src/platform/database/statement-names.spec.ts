import { describe, expect, it } from 'vitest';
import { StatementNames } from './statement-names.js';

const namedAfter = (text: string, uses: number, names = new StatementNames()): string | undefined => {
  let name: string | undefined;
  for (let use = 0; use < uses; use++) name = names.nameOf(text);
  return name;
};

describe('names of statements', () => {
  it.each([
    'INSERT INTO t (a) VALUES ($1)',
    ' UPDATE t SET a = $1',
    'DELETE FROM t WHERE a = $1',
    'WITH next AS (SELECT 1),\n  done AS (UPDATE t SET a = $1 RETURNING a) SELECT * FROM done',
    'SELECT a FROM t WHERE b = $1 ORDER BY c LIMIT 1',
    'SELECT asked.a FROM unnest($1::text[]) AS asked (a), reserve_call(asked.a)',
    'SELECT append_audit_entries($1)',
    'SELECT outcome, wait_ms AS "waitMs"\n  FROM reserve_call($1, $2), now()',
  ])('has %j planned once, from its fifth use on', (text) => {
    expect(namedAfter(text, 4)).toBeUndefined();
    expect(namedAfter(text, 5)).toMatch(/^[\w-]{22}$/);
    expect(namedAfter(text, 6)).toBe(namedAfter(text, 5));
  });

  it.each([
    'SELECT a FROM t WHERE b = $1 ORDER BY a DESC LIMIT 51',
    'SELECT a FROM t WHERE b = $1',
    'WITH x AS (SELECT $1::int) SELECT * FROM x',
    'SELECT a FROM t WHERE b = $1 LIMIT 10',
  ])('has %j planned each time', (text) => {
    expect(namedAfter(text, 50)).toBeUndefined();
  });

  it('names no more than a server has memory for', () => {
    const names = new StatementNames();
    for (let n = 0; n < 300; n++) namedAfter(`DELETE FROM t${n} WHERE a = $1`, 5, names);
    expect(names.nameOf('DELETE FROM t0 WHERE a = $1')).toBeDefined();
    expect(namedAfter('DELETE FROM another WHERE a = $1', 50, names)).toBeUndefined();
  });
});
