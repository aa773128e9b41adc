import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** As what stands before Lever may for some seconds: everything would seem to be gone. */
describe('while Lever answers 404 to whatever is asked', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
  });
  beforeEach(() =>
    play.setUp(
      { attachReport: true },
      { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
    ),
  );
  afterEach(async () => {
    for (const left of ['/faults', '/lever/webhooks', '/victig/callbacks']) await play.drive('DELETE', left);
  });
  afterAll(() => service.stop());

  /** @param match what it is for; nothing: whatever is asked */
  const knowNoRoute = (match?: object): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 404,
      body: '<html>no such route</html>',
      times: null,
      ...(match && { match }),
    });
  const knowRoutesAgain = (): Promise<unknown> => play.drive('DELETE', '/faults');

  it('no trigger is ignored: it is ordered for afterwards (T6)', async () => {
    const opportunityId = await play.candidate();
    await knowNoRoute();
    await play.move(opportunityId);
    await eventually(async () => expect(await putBack(opportunityId)).toBe(1));
    expect((await play.deliveries()).filter(({ outcome }) => outcome === 'ignored')).toEqual([]);
    await knowRoutesAgain();
    await atOnce(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
  });

  /** An order of which nothing is read any more until its result is there. */
  const pending = async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    const { id } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    return { opportunityId, id, orderGuid };
  };

  it('no opportunity is taken for deleted: the result is there afterwards (R1, F1)', async () => {
    const { opportunityId, id, orderGuid } = await pending();
    await knowNoRoute();
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        status: 'complete',
        leverTrouble: { failure: 'unavailable' },
      }),
    );
    await knowRoutesAgain();
    await service.admin.post(`/admin/v1/orders/${id}/retry`).send({}).expect(200);
    const { notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(notes).toHaveLength(1);
    expect((await play.timeline(id)).map(({ kind }) => kind)).not.toContain('opportunity_gone');
  });

  it('no report is taken for refused: it is attached afterwards (R5, F2)', async () => {
    const { opportunityId, orderGuid } = await pending();
    await knowNoRoute({ path: `(/files|/stages|/opportunities/${opportunityId})$` });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ warnings: [{ code: 'report_not_attached' }] }),
    );
    await knowRoutesAgain();
    await eventually(async () => {
      const { files } = await play.drive<{ files: unknown[] }>(
        'GET',
        `/lever/opportunities/${opportunityId}`,
      );
      expect(files).toHaveLength(1);
    });
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
  const atOnce = (opportunityId: string): Promise<unknown> =>
    service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE ${jobsOf} AND state IN ('created', 'retry')`,
      [opportunityId],
    );
});
