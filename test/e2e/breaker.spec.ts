import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const CANDIDATES = 15;

describe('an outage of a vendor (F4)', () => {
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const failedCalls = async (): Promise<number> => {
    const calls = await play.drive<{ status: number | null }[]>('GET', '/calls');
    return calls.filter(({ status }) => status === 503).length;
  };

  it.each(['lever', 'victig'])(
    'of %s is met with few calls; work resumes by itself, and each candidate is ordered once (F4, V4)',
    async (vendor) => {
      const before = await failedCalls();
      const opportunities: string[] = [];
      for (let n = 0; n < CANDIDATES; n++) opportunities.push(await play.candidate());
      await play.drive('POST', '/faults', { vendor, kind: 'status', status: 503, times: null });
      for (const id of opportunities) await play.move(id);
      // Every candidate's job was met by the outage: it failed, or was told that the breaker is open.
      await eventually(async () => {
        const waiting = await service.database.query<unknown[]>(
          `SELECT DISTINCT singleton_key FROM pgboss.job
           WHERE name = 'place-order' AND state = 'created' AND start_after > created_on`,
        );
        expect(waiting).toHaveLength(CANDIDATES);
      });
      // Ten open it, as many as there are workers may be under way, and then one at a time tries.
      expect((await failedCalls()) - before).toBeLessThanOrEqual(20);

      await play.drive('DELETE', '/faults');
      for (const id of opportunities) {
        await eventually(async () => expect((await play.order(id)).status).toBe('pending'), 40_000);
        await play.orderAtVictig(id);
      }
    },
    120_000,
  );
});
