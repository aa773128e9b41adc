import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild } from '../support/child.js';
import { onServer } from '../support/test-database.js';

const PASSWORD = 'a-password-nobody-may-read';

async function run(script: string, env: Record<string, string>) {
  const child = startChild([`dist/${script}.js`], {
    PORT: '0',
    LOG_LEVEL: 'error',
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ...env,
  });
  return { code: await child.exit(), output: child.output() };
}

/** A command says first where it works. */
const WHERE = /^Database: .+\.\n/;

/** What the service and a command write: one line, the same for both, and never the password. */
async function wordsOf(env: Record<string, string>, scripts = ['main', 'migrate']): Promise<string> {
  const lines = new Set<string>();
  for (const script of scripts) {
    const { code, output } = await run(script, env);
    expect(code, output).toBe(script === 'main' ? 1 : 2);
    expect(output).not.toContain(PASSWORD);
    if (script !== 'main') expect(output).toMatch(WHERE);
    lines.add(output.replace(WHERE, '').trim());
  }
  const [line = '', ...others] = [...lines];
  expect(others).toEqual([]);
  expect(line).not.toContain('\n');
  return line;
}

describe(
  'a start that fails says in one sentence which variable to mend (F5, A4)',
  { timeout: 300_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'failed-starts-'));
    beforeAll(() => buildIfNeeded());
    afterAll(() => rmSync(folder, { recursive: true }));

    it('a data folder that is a file, or below one, or where none can be made', async () => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      for (const DATA_DIR of [file, join(file, 'data'), '/proc/lever-victig/data', '/proc']) {
        expect(await wordsOf({ DATA_DIR }, ['migrate'])).toMatch(
          /^The data folder \/\S+ cannot be used .*Set DATA_DIR/,
        );
      }
      expect(await wordsOf({ DATA_DIR: file }, ['main'])).toMatch(/Set DATA_DIR/);
    });

    it('hosts that have no address: that of HOST, and that of the database', async () => {
      const DATABASE_URL = `postgres://somebody:${PASSWORD}@nowhere.invalid:5432/db`;
      expect(await wordsOf({ DATABASE_URL })).toMatch(/^The host that DATABASE_URL names has no address/);
      expect(await wordsOf({ DATABASE_URL, HOST: 'elsewhere.invalid' }, ['main'])).toMatch(
        /^The host that HOST names/,
      );
    });

    const template = inject('databaseTemplate');
    describe.skipIf(template.kind === 'embedded')('at a PostgreSQL', () => {
      const server = template.kind === 'server' ? template.url : '';
      const name = `lv_starts_${randomBytes(6).toString('hex')}`;
      const urlOf = (change: (url: URL) => unknown): Record<string, string> => {
        const url = new URL(server);
        url.pathname = `/${name}`;
        change(url);
        return { DATABASE_URL: url.href };
      };
      beforeAll(async () => {
        await onServer(server, `CREATE DATABASE ${name}`);
        await onServer(server, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
      });
      afterAll(async () => {
        await onServer(server, `DROP DATABASE ${name}`);
        await onServer(server, `DROP ROLE ${name}`);
      });

      it.each<[string, (url: URL) => unknown, RegExp]>([
        [
          'no such database',
          (url) => (url.pathname = `/${name}_none`),
          /^The database that DATABASE_URL names/,
        ],
        [
          'no such role',
          (url) => ([url.username, url.password] = ['lv_nobody', PASSWORD]),
          /^The database refuses the role or the password in DATABASE_URL/,
        ],
        [
          'a role without grants',
          (url) => ([url.username, url.password] = [name, PASSWORD]),
          /^The role in DATABASE_URL may not do/,
        ],
        [
          'TLS that is not there',
          (url) => url.searchParams.set('sslmode', 'verify-full'),
          /^The database speaks no TLS, which sslmode in DATABASE_URL demands/,
        ],
      ])('%s', async (_what, change, sentence) => {
        expect(await wordsOf(urlOf(change))).toMatch(sentence);
      });

      it('one that cannot hold any text', async () => {
        const latin = `${name}_latin`;
        await onServer(
          server,
          `CREATE DATABASE ${latin} TEMPLATE template0 ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C'`,
        );
        const { code, output } = await run(
          'main',
          urlOf((url) => (url.pathname = `/${latin}`)),
        );
        await onServer(server, `DROP DATABASE ${latin}`);
        expect(code).toBe(1);
        expect(output).toMatch(
          /DATABASE_URL: names a database whose encoding is LATIN1\. Make one with UTF8/,
        );
      });

      it('one that takes no writes', async () => {
        const readOnly = `ALTER DATABASE ${name} SET default_transaction_read_only`;
        await onServer(server, `${readOnly} = on`);
        expect(await wordsOf(urlOf(() => undefined))).toMatch(
          /^The database that DATABASE_URL names takes no writes/,
        );
        await onServer(server, `${readOnly} = off`);
      });
    });
  },
);
