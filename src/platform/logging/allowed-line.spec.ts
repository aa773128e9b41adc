import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { allowedLine, OUR_CONTEXTS } from './allowed-line.js';

const written = (line: object): Record<string, unknown> =>
  JSON.parse(allowedLine(JSON.stringify(line))) as Record<string, unknown>;

describe('a line of the log (A4)', () => {
  it('has the fields that are listed and no other, at any depth, and says how many are missing', () => {
    const line = {
      level: 40,
      time: 1,
      pid: 2,
      hostname: 'web-1',
      context: 'PgBossJobs',
      msg: 'a job is let go',
      job: 'place-order',
      attempt: 2,
      email: 'ana@example.com',
      candidate: { name: 'Ana' },
      req: { id: 'req-1', method: 'POST', url: '/x?name=Ana', headers: { authorization: 'Bearer x' } },
      err: { type: 'Error', code: 'E1', parameters: ['Ana'], cause: { type: 'Error', query: 'Ana' } },
    };
    const { email: _email, candidate: _candidate, ...rest } = line;
    expect(written(line)).toEqual({
      ...rest,
      req: { id: 'req-1', method: 'POST' },
      err: { type: 'Error', code: 'E1', cause: { type: 'Error' } },
      fieldsLeftOut: 2,
    });
  });

  it.each([
    ['an id that is a sentence', { jobId: 'Ana Ruiz' }],
    ['an email for a reason', { reason: 'no such person ana@example.com' }],
    ['a phone number for a reason', { reason: 'cannot call 4152260134' }],
    ['a link for a reason', { reason: 'see https://victig.example/view' }],
    ['an object for a number', { attempt: { toString: 'Ana' } }],
    ['a stack that begins with a message', { err: { stack: 'Error: Ana\n    at file:///x.js:1:1' } }],
  ])('leaves out %s', (_what, fields) => {
    expect(JSON.stringify(written({ ...fields, context: 'PgBossJobs', msg: 'm' }))).not.toMatch(
      /Ana|ana@|4152|https/,
    );
  });

  it('repeats a message only of those who write constant ones', () => {
    expect(written({ context: 'PgBossJobs', msg: 'a job is let go' })['msg']).toBe('a job is let go');
    expect(written({ context: 'logRequests', msg: 'request completed' })['msg']).toBe('request completed');
    for (const other of [
      { msg: 'Ana Ruiz' },
      { context: 'ExceptionsHandler', msg: 'Ana' },
      { msg: { a: 1 } },
    ]) {
      expect(written(other)['msg']).toBe('(left out)');
    }
  });

  it('never holds a text that is not listed, whatever is logged', () => {
    const mark = 'María@Ruiz';
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, name) => {
        const line = {
          [name]: { deep: mark, value },
          err: { message: mark, other: mark },
          req: mark,
          msg: mark,
        };
        expect(allowedLine(JSON.stringify(line))).not.toContain(mark);
      }),
    );
  });
});

/** Every call of a logger in the service's sources: who calls, and the last of what is passed. */
function logCalls(): { file: string; message: ts.Expression | undefined }[] {
  const calls: { file: string; message: ts.Expression | undefined }[] = [];
  for (const file of sources()) {
    const visit = (node: ts.Node): void => {
      if (
        ts.isCallExpression(node) &&
        ts.isPropertyAccessExpression(node.expression) &&
        /\blogger$/.test(node.expression.expression.getText())
      ) {
        calls.push({ file, message: node.arguments.at(-1) });
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
  }
  return calls;
}

const sources = (): string[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => join('src', name));

describe('who writes to the log (A4)', () => {
  it('is listed, and nobody else is', () => {
    const found = sources().flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/new Logger\((\w+)\.name\)/g)].map(([, name]) => name ?? ''),
    );
    expect(found.toSorted()).toEqual(OUR_CONTEXTS.toSorted());
  });

  it('writes constant messages: what varies is a field', () => {
    const calls = logCalls();
    expect(calls.length).toBeGreaterThan(5);
    const varying = calls.filter(({ message }) => !message || !ts.isStringLiteralLike(message));
    // A checkpoint's line is numbers and hashes; it is kept elsewhere by keeping the log.
    expect(varying.map(({ file, message }) => `${file}: ${message?.getText()}`)).toEqual([
      'src/audit/checkpoint-sealer.ts: lineOf(checkpoint)',
    ]);
  });
});
