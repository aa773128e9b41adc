import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild } from '../support/child.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/eventually.js';
import { ADMIN_KEY } from '../support/service.js';
import { createTestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const HEAP_MB = 112;
const ENTRIES = 11_500;
/** So long that all lines together are far longer than the heap. */
const DATA_BYTES = 16_000;

describe('the export of the audit trail', () => {
  const cleanUps: (() => unknown)[] = [];
  beforeAll(() => buildIfNeeded());
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  it('streams more than its process has memory for, in constant memory (A2)', async () => {
    const database = await createTestDatabase(inject('databaseTemplate'));
    cleanUps.push(() => database.drop());
    const dataSource = await openTestDataSource(database);
    // Not a chain: what is exported is what is there, and only its length matters here.
    await dataSource.query(
      `INSERT INTO audit_entries (installation_id, id, at, actor, action, data, seq, hash)
       SELECT $1, gen_random_uuid(), now(), 'job:test', 'audit.exported',
              jsonb_build_object('filters', jsonb_build_array(repeat('x', ${DATA_BYTES}))), n, '\\x00'
       FROM generate_series(1, ${ENTRIES}) AS n`,
      [randomUUID()],
    );
    await dataSource.destroy();

    const port = await freePort();
    const child = startChild([`--max-old-space-size=${HEAP_MB}`, 'dist/main.js'], {
      ...database.env,
      PORT: String(port),
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: ADMIN_KEY,
      LOG_LEVEL: 'error',
    });
    cleanUps.push(() => child.kill('SIGTERM'));
    await eventually(async () => {
      if (child.process.exitCode !== null) throw new Error(`it ended: ${child.output()}`);
      expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, child.output()).toBe(200);
    }, 180_000);

    const answer = await fetch(`http://127.0.0.1:${port}/admin/v1/audit/export`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(answer.status).toBe(200);
    let bytes = 0;
    let lines = 0;
    try {
      for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        lines += Buffer.from(chunk).toString('latin1').split('\n').length - 1;
      }
    } catch (cause) {
      throw new Error(`the answer ended after ${bytes} bytes: ${child.output()}`, { cause });
    }
    // Beside those entries: that a first key was made, and the export itself.
    expect(lines, child.output()).toBe(ENTRIES + 2);
    expect(bytes).toBeGreaterThan(1.5 * HEAP_MB * 1024 * 1024);
    expect(child.process.exitCode).toBeNull();
  }, 600_000);
});
