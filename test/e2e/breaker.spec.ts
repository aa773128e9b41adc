import type supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { createInstallation } from '../support/new-installation.js';
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

  it("of one customer's account is told to those who may know of all, and to no other customer (A5)", async () => {
    const apiKey = 'key-of-the-other-customer';
    await play.drive('POST', '/lever/keys', { key: apiKey });
    const id = await createInstallation(service, { name: 'Other', lever: { apiKey } });
    const stages = `/admin/v1/installations/${id}/stages`;
    const match = { path: '/stages$' };
    await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503, times: null });
    const leverFor = async (agent: supertest.Agent): Promise<object | undefined> => {
      const { vendors } = (await agent.get('/admin/v1/status').expect(200)).body as {
        vendors: { vendor: string }[];
      };
      return vendors.find(({ vendor }) => vendor === 'Lever');
    };
    await eventually(async () => {
      await service.admin.get(stages);
      expect(await leverFor(service.admin)).toMatchObject({ health: 'down', breakers: { open: 1 } });
    });
    expect(await leverFor(await adminWithRole(service, 'viewer', play.installation.id))).toMatchObject({
      health: 'ok',
      breakers: { open: 0, halfOpen: 0, troubled: 0 },
      recentCalls: { failed: 0 },
    });
    await play.drive('DELETE', '/faults');
  });

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
