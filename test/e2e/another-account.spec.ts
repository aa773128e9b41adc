import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

/** It knows none of the opportunities, and everything would seem to be gone. */
describe('while the API key of another Lever account is set', () => {
  const foreignKey = `key-${randomUUID()}`;
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '1' });
    play = new Play(service);
    const account = 'another';
    await play.drive('POST', '/lever/keys', { key: foreignKey, account });
    await play.drive('POST', '/lever/stages', { text: 'Background Check', account });
  });
  beforeEach(() => play.setUp());
  afterEach(async () => {
    for (const left of ['/faults', '/lever/webhooks', '/victig/callbacks']) await play.drive('DELETE', left);
  });
  afterAll(() => service.stop());

  const setKey = (apiKey: string): Promise<void> => play.change({ lever: { apiKey } });
  const setRightKey = (): Promise<void> => setKey(SEED.lever.apiKey);
  const kinds = async (orderId: string): Promise<string[]> =>
    (await play.timeline(orderId)).map(({ kind }) => kind);
  const act = (orderId: string, name: string, body: object = {}) =>
    service.admin.post(`/admin/v1/orders/${orderId}/${name}`).send(body).expect(200);
  const callsAbout = async (opportunityId: string): Promise<number> => {
    const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever');
    return calls.filter(({ path }) => path.includes(opportunityId)).length;
  };
  const leverTrouble = async (opportunityId: string): Promise<unknown> =>
    (await play.order(opportunityId))['leverTrouble'];

  it('no trigger is ignored: it is ordered for as soon as the right one is back (T6, I5, F2)', async () => {
    await setKey(foreignKey);
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await eventually(async () => expect(await callsAbout(opportunityId)).toBeGreaterThan(0));
    await eventually(async () => expect(await putBack(opportunityId)).toBe(1));
    expect((await play.deliveries()).filter(({ outcome }) => outcome === 'ignored')).toEqual([]);
    await setRightKey();
    await atOnce(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
  });

  it('no order that is retried is canceled (T6, T8, S3)', async () => {
    const match = { method: 'POST', path: '/applicants' };
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match,
      kind: 'status',
      status: 503,
      times: null,
    });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    const { id } = await play.order(opportunityId);
    await setKey(foreignKey);
    const untilUnauthorized = (): Promise<void> =>
      eventually(async () =>
        expect((await play.order(opportunityId))['trouble']).toMatchObject({ failure: 'unauthorized' }),
      );
    // A try that still had the right key would be through without the fault.
    await untilUnauthorized();
    await play.drive('DELETE', '/faults');
    await act(id, 'retry');
    await untilUnauthorized();
    expect(await kinds(id)).not.toContain('withdrawn');
    await setRightKey();
    await play.untilStatus(opportunityId, 'Pending');
  });

  it('no opportunity is taken for deleted, and what was to be shown is shown later (R4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    await setKey(foreignKey);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () =>
      expect(await leverTrouble(opportunityId)).toMatchObject({ failure: 'unauthorized' }),
    );
    for (let n = 0; n < 2; n++) {
      const before = await callsAbout(opportunityId);
      await act(id, 'retry');
      await eventually(async () => expect(await callsAbout(opportunityId)).toBeGreaterThan(before + 1));
    }
    const told = await kinds(id);
    expect(told).not.toContain('opportunity_gone');
    expect(told.filter((kind) => kind === 'report_trouble')).toHaveLength(1);
    await setRightKey();
    const { notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(notes).toHaveLength(1);
  });

  it('nothing that is to be removed is taken for gone (A3)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Rejected');
    await untilDone(service, ['report-progress'], { opportunityId });
    const { id } = await play.order(opportunityId);
    await setKey(foreignKey);
    await act(id, 'erase', { removeFromLever: true });
    await eventually(async () =>
      expect(await leverTrouble(opportunityId)).toMatchObject({ failure: 'unauthorized' }),
    );
    expect(await kinds(id)).not.toContain('removed_from_lever');
    await setRightKey();
    await eventually(async () => {
      const { tags, notes } = await play.opportunity(opportunityId);
      expect(notes).toEqual([]);
      expect(tags.filter((tag) => tag.startsWith('Background Check Status:'))).toEqual([]);
    });
  });

  it('an admin who asks for an order is told what is wrong (P1)', async () => {
    await setKey(foreignKey);
    const opportunityId = await play.candidate();
    const answer = await service.admin
      .post('/admin/v1/orders')
      .send({ installationId: play.installation.id, opportunityId })
      .expect(409);
    expect(answer.body).toMatchObject({ code: 'lever_refused' });
    expect((answer.body as { detail: string }).detail).toMatch(/another account/);
  });

  it('what is deleted under the right one is gone (T6)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('DELETE', `/lever/opportunities/${opportunityId}`);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () => expect(await kinds(id)).toContain('opportunity_gone'));
  });

  const jobsOf = "name = 'place-order' AND data #>> '{payload,opportunityId}' = $1";
  /** How many jobs of it were tried and are to be tried again. */
  const putBack = async (opportunityId: string): Promise<number> => {
    const jobs = await service.database.query<unknown[]>(
      `SELECT id FROM pgboss.job WHERE ${jobsOf} AND state IN ('created', 'retry') AND start_after > now()`,
      [opportunityId],
    );
    return jobs.length;
  };
  /** It would be tried by itself, some minutes later. */
  const atOnce = (opportunityId: string): Promise<unknown> =>
    service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE ${jobsOf} AND state IN ('created', 'retry')`,
      [opportunityId],
    );
});
