import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { logOptions } from './logging.module.js';
import { prettyLine } from './pretty-line.js';

const LINE = {
  level: 40,
  time: 1_764_000_000_000,
  pid: 7,
  hostname: 'here',
  context: 'PgBossJobs',
  job: 'place-order',
  attempt: 2,
  msg: 'a job failed and is tried again',
};

describe('a line of the log in a terminal', () => {
  it('says when, how bad, who and what, and the ids behind it', () => {
    const shown = stripVTControlCharacters(prettyLine(JSON.stringify(LINE)));
    expect(shown).toMatch(
      /^\d\d:\d\d:\d\d warn \[PgBossJobs\] a job failed and is tried again job=place-order attempt=2\n$/,
    );
  });

  it('shows an error with its stack', () => {
    const err = {
      type: 'OrderRaceLost',
      message: 'order 1 has moved on',
      stack: '    at somewhere (file:1:2)',
    };
    expect(prettyLine(JSON.stringify({ ...LINE, err }))).toContain(
      '\nOrderRaceLost: order 1 has moved on\n    at somewhere (file:1:2)\n',
    );
  });

  it('is JSON wherever a program reads it, and never holds more than may be written (A4)', () => {
    const secret = JSON.stringify({ ...LINE, email: 'ana@example.com' });
    const toProgram = logOptions('info', false).hooks.streamWrite(secret);
    expect(JSON.parse(toProgram)).toEqual({ ...LINE, fieldsLeftOut: 1 });
    const toPerson = logOptions('info', true).hooks.streamWrite(secret);
    expect(stripVTControlCharacters(toPerson)).toContain('[PgBossJobs] a job failed');
    expect(toPerson).not.toContain('ana@');
  });
});
