import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/service.js';

describe('probes', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const isReady = async (): Promise<[number, Record<string, { status: string }>]> => {
    const answer = await service.anyone.get('/health/ready');
    return [answer.status, (answer.body as { details: Record<string, { status: string }> }).details];
  };
  /** Breaks something, and mends it again whatever comes of it. */
  const whileBroken = async (broken: string, mended: string, look: () => Promise<void>): Promise<void> => {
    await service.database.query(broken);
    try {
      await look();
      await service.anyone.get('/health/live').expect(200, { status: 'ok' });
    } finally {
      await service.database.query(mended);
    }
    expect((await isReady())[0]).toBe(200);
  };

  it('say that it is ready: database, migrations and queue', async () => {
    const [status, details] = await isReady();
    expect(status).toBe(200);
    expect(Object.entries(details).map(([part, { status: is }]) => [part, is])).toEqual([
      ['process', 'up'],
      ['database', 'up'],
      ['migrations', 'up'],
      ['queue', 'up'],
    ]);
  });

  it('say that the schema is older than the release, as after a restore, and by how much', async () => {
    await whileBroken(
      `UPDATE migrations SET name = 'x' || name WHERE name LIKE 'Keep%'`,
      `UPDATE migrations SET name = substr(name, 2) WHERE name LIKE 'xKeep%'`,
      async () => {
        const [status, details] = await isReady();
        expect(status).toBe(503);
        expect(details).toMatchObject({ migrations: { status: 'down' }, database: { status: 'up' } });
        expect(details).toHaveProperty('migrations.message', expect.stringMatching(/^\d+ migrations/));
      },
    );
  });

  it('say that the queue is not there', async () => {
    await whileBroken(
      'ALTER TABLE pgboss.version RENAME TO away',
      'ALTER TABLE pgboss.away RENAME TO version',
      async () => {
        await eventually(async () => {
          const [status, details] = await isReady();
          expect(status).toBe(503);
          expect(details).toMatchObject({ queue: { status: 'down' }, database: { status: 'up' } });
        });
      },
    );
  });
});
