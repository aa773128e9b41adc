import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { combine, failureOf, type Write } from './combined-write.js';

const first: Write = { text: 'INSERT INTO a VALUES ($1, $2)', values: [1, 2] };
const second: Write = {
  text: 'UPDATE b SET c = $2 WHERE d = $1 AND e = $11',
  values: ['d', 'c', 3, 4, 5, 6, 7, 8, 9, 10, 'e'],
  atLeast: { rows: 1, orElse: () => new Error('nobody there') },
  unlessTaken: { constraint: 'one_b', orElse: () => new Error('taken') },
};

describe('writes that are one statement', () => {
  it('keep their values, each at its own place', () => {
    const { text, values } = combine([first, second], [{ text: 'note($1)', values: ['n'] }]);
    expect(values).toEqual([1, 2, ...second.values, 'n']);
    expect(text).toContain('w0 AS (INSERT INTO a VALUES ($1, $2) RETURNING 1)');
    expect(text).toContain('w1 AS (UPDATE b SET c = $4 WHERE d = $3 AND e = $13 RETURNING 1)');
    expect(text).toContain('SELECT note($14) WHERE');
  });

  it('are counted one after the other before anything is called', () => {
    expect(combine([first, second], []).text).toMatch(
      /FROM w0\) < 0 THEN refuse_write\(0\) WHEN .* FROM w1\) < 1 THEN refuse_write\(1\) ELSE true END$/,
    );
  });

  it('may ask which rows one of them inserted, by the name that it gives them', () => {
    const { text } = combine([{ ...first, inserted: 'arrived' }, second], []);
    expect(text).toContain('WITH arrived AS (INSERT INTO a VALUES ($1, $2) RETURNING id), w1 AS (');
    expect(text).toContain('WHEN (SELECT count(*) FROM arrived) < 0 THEN refuse_write(0)');
  });

  it('stay as they are where there is one of which nothing is demanded', () => {
    expect(combine([first], [])).toEqual({ text: first.text, values: first.values });
  });

  it('may be none, where something is called', () => {
    const calls = [
      { text: 'note($1)', values: ['n'] },
      { text: 'ring()', values: [] },
    ];
    expect(combine([], calls)).toEqual({ text: 'SELECT note($1), ring()', values: ['n'] });
  });

  it('fail as the one fails that is at fault', () => {
    const writes = [first, second];
    const statement = combine(writes, []);
    const failed = (error: object): unknown =>
      failureOf(Object.assign(new Error('x'), error), statement, writes);
    expect(failed({ code: 'LV001', detail: '1' })).toEqual(new Error('nobody there'));
    expect(failed({ code: '23505', constraint: 'one_b' })).toEqual(new Error('taken'));
    expect(failed({ code: '23505', constraint: 'another' })).toBeInstanceOf(QueryFailedError);
    expect(failed({})).toBeInstanceOf(QueryFailedError);
  });
});
