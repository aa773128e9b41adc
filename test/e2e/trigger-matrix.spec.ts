import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const { withdrew } = SEED.lever.archiveReasons;

/** Ends when a test has it end. */
const HOLD_SECONDS = 3_600;

describe('what recruiters do with a candidacy whose check is held', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ holdSeconds: HOLD_SECONDS });
  });
  afterAll(() => service.stop());

  const leave = (id: string): Promise<unknown> => play.move(id, OTHER_STAGE);
  const comeBack = (id: string): Promise<unknown> => play.move(id, TRIGGER_STAGE);
  const archive = (id: string): Promise<unknown> =>
    play.drive('POST', `/lever/opportunities/${id}/archive`, { reason: withdrew });
  const unarchive = (id: string): Promise<unknown> =>
    play.drive('POST', `/lever/opportunities/${id}/archive`, { reason: null });
  const remove = (id: string): Promise<unknown> => play.drive('DELETE', `/lever/opportunities/${id}`);

  it.each([
    { happens: 'leaving', steps: [leave], ends: 'not_in_trigger_stage' },
    { happens: 'archiving', steps: [archive], ends: 'archived' },
    { happens: 'deleting', steps: [remove], ends: 'opportunity_not_found' },
    { happens: 'leaving and coming back', steps: [leave, comeBack], ends: null },
    { happens: 'archiving and un-archiving', steps: [archive, unarchive], ends: null },
  ])('$happens: canceled silently for $ends, or ordered once (T8)', async ({ steps, ends }) => {
    const email = `held-${String(ends)}-${steps.length}-${steps[0]?.name}@example.com`;
    const opportunityId = await play.candidate({ emails: [email] });
    await play.move(opportunityId);
    await eventually(async () => {
      const { id } = await play.order(opportunityId);
      expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('held');
    });
    for (const step of steps) await step(opportunityId);
    service.clock.forward(HOLD_SECONDS * 1_000);
    await service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = 'place-order' AND state = 'created'`,
    );
    const status = ends === null ? 'pending' : 'canceled';
    await eventually(async () => expect((await play.order(opportunityId)).status).toBe(status));
    expect((await play.order(opportunityId)).statusReason).toBe(ends);
    const all = await play.drive<{ applicant: { email: string } }[]>('GET', '/victig/orders');
    expect(all.filter(({ applicant }) => applicant.email === email)).toHaveLength(ends === null ? 1 : 0);
    if (ends !== 'opportunity_not_found') {
      const { tags, notes } = await play.opportunity(opportunityId);
      expect(notes).toEqual([]);
      if (ends !== null) expect(tags.filter((tag) => tag.startsWith('Background Check'))).toEqual([]);
    }
  });
});

describe('what moving a candidate into the stage again does', () => {
  let service: TestService;
  let never: Play;

  beforeAll(async () => {
    service = await startTestService();
    never = new Play(service);
    await never.setUp();
  });
  afterAll(() => service.stop());

  const again = async (play: Play, opportunityId: string): Promise<void> => {
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId, TRIGGER_STAGE);
  };
  const untilIgnored = async (play: Play, opportunityId: string, reason: string): Promise<void> => {
    const { id } = await play.order(opportunityId);
    await eventually(async () => {
      const deliveries = (await play.timeline(id)).filter(({ kind }) => kind === 'delivery');
      expect(deliveries.map(({ data }) => data['reason'])).toContain(reason);
    });
  };
  const placed = async (play: Play): Promise<{ opportunityId: string; orderGuid: string }> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const [order] = await play.ordersAtVictig(opportunityId);
    return { opportunityId, orderGuid: order?.orderGuid ?? '' };
  };

  it('nothing while the check is under way (T7)', async () => {
    const { opportunityId } = await placed(never);
    await again(never, opportunityId);
    await untilIgnored(never, opportunityId, 'order_open');
    expect(await never.ordersAtVictig(opportunityId)).toHaveLength(1);
  });

  it('nothing for a record of somebody else, and its own candidate once Lever answers with them (T6, F2)', async () => {
    const [other, opportunityId] = [await never.candidate(), await never.candidate()];
    const match = { method: 'GET', path: `/opportunities/${opportunityId}$` };
    const fault = await never.drive<{ id: number }>('POST', '/faults', {
      vendor: 'lever',
      match,
      kind: 'status',
      status: 200,
      times: null,
      body: {
        data: {
          id: other,
          name: 'Ben Okoro',
          emails: ['ben@example.com'],
          stage: TRIGGER_STAGE,
          archived: null,
        },
      },
    });
    await never.move(opportunityId);
    const deliveryOf = async () =>
      service.database.query<{ id: string; outcome: string }[]>(
        `SELECT id, outcome FROM deliveries WHERE facts ->> 'opportunityId' = $1`,
        [opportunityId],
      );
    const triesOf = () =>
      service.database.query<{ tries: number }[]>(
        `SELECT (data ->> 'attempt')::int AS tries FROM pgboss.job
         WHERE name = 'place-order' AND state < 'active' AND data -> 'payload' ->> 'opportunityId' = $1`,
        [opportunityId],
      );
    await eventually(async () => expect((await triesOf())[0]?.tries).toBeGreaterThan(1));
    expect(await deliveryOf()).toMatchObject([{ outcome: 'queued' }]);
    for (const each of [opportunityId, other]) expect(await never.ordersAtVictig(each)).toEqual([]);
    await never.drive('DELETE', `/faults/${fault.id}`);
    await never.untilStatus(opportunityId, 'Pending');
    expect(await never.ordersAtVictig(other)).toEqual([]);
  });

  /** By another delivery than before: it has a token of its own. */
  const toldAgain = (opportunityId: string): PromiseLike<unknown> =>
    never.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
  const reasonsOf = async (opportunityId: string): Promise<(string | null)[]> => {
    const rows = await service.database.query<{ reason: string | null }[]>(
      `SELECT reason FROM deliveries
       WHERE source = 'lever' AND outcome <> 'queued' AND facts ->> 'opportunityId' = $1
         AND facts ->> 'says' IS NULL ORDER BY id`,
      [opportunityId],
    );
    return rows.map(({ reason }) => reason);
  };

  describe('while the check was under way, and is told of once more after it was canceled at VICTIG', () => {
    const toldLate = async (): Promise<string> => {
      const { opportunityId, orderGuid } = await placed(never);
      await again(never, opportunityId);
      await untilIgnored(never, opportunityId, 'order_open');
      await never.drive('POST', `/victig/orders/${orderGuid}/cancel`);
      await never.untilStatus(opportunityId, 'Canceled');
      await toldAgain(opportunityId);
      await eventually(async () => expect(await reasonsOf(opportunityId)).toHaveLength(3));
      return opportunityId;
    };

    it('nothing: it was decided, and one since then orders (T7)', async () => {
      const opportunityId = await toldLate();
      expect(await reasonsOf(opportunityId)).toEqual([null, 'order_open', 'already_decided']);
      expect(await never.ordersAtVictig(opportunityId)).toHaveLength(1);
      await again(never, opportunityId);
      await never.untilStatus(opportunityId, 'Pending');
      expect(await never.ordersAtVictig(opportunityId)).toHaveLength(2);
    });

    it('a new order where a person has the delivery that found it open decided anew (T7)', async () => {
      const opportunityId = await toldLate();
      const [found] = await service.database.query<{ id: string }[]>(
        `SELECT id FROM deliveries WHERE facts ->> 'opportunityId' = $1 AND reason = 'order_open'`,
        [opportunityId],
      );
      await service.admin.post(`/admin/v1/deliveries/${found?.id}/replay`).expect(200);
      await never.untilStatus(opportunityId, 'Pending');
      expect(await never.ordersAtVictig(opportunityId)).toHaveLength(2);
    });
  });

  it('a new order after it was canceled at VICTIG (T7)', async () => {
    const { opportunityId, orderGuid } = await placed(never);
    await never.drive('POST', `/victig/orders/${orderGuid}/cancel`);
    await never.untilStatus(opportunityId, 'Canceled');
    await again(never, opportunityId);
    await never.untilStatus(opportunityId, 'Pending');
    expect(await never.ordersAtVictig(opportunityId)).toHaveLength(2);
  });

  it.each([
    { reorder: 'never', orders: 1 },
    { reorder: { afterDays: 1 }, orders: 1 },
    { reorder: 'always', orders: 2 },
  ])('$orders in all after Complete with reorder $reorder (T7)', async ({ reorder, orders }) => {
    await never.drive('DELETE', '/lever/webhooks');
    const play = new Play(service);
    await play.setUp({ reorder });
    const { opportunityId, orderGuid } = await placed(play);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
    await again(play, opportunityId);
    if (orders === 1) await untilIgnored(play, opportunityId, 'already_complete');
    else await play.untilStatus(opportunityId, 'Pending');
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(orders);
  });
});
