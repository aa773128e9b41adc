import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { endHold, enterHold } from '../support/holds.js';
import { OTHER_STAGE, Play, TRIGGER_STAGE, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const ORDERS = '/admin/v1/orders';

const UNAVAILABLE = {
  match: { method: 'POST', path: '/applicants' },
  kind: 'status',
  status: 503,
  times: null,
};
/** VICTIG takes the order, its answer is lost, and nobody can look for it. */
const TAKEN_UNKNOWN = [
  { match: { method: 'POST', path: '/orders' }, kind: 'drop_after', times: 1 },
  { match: { method: 'GET', path: '/orders' }, kind: 'status', status: 503, times: null },
];

describe('an order that ends before anything is ordered, after a complete check', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    play = new Play(service);
    await play.setUp();
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const untilIdle = (): Promise<void> =>
    untilDone(service, ['report-progress', 'remove-from-tracking', 'refresh-order']);
  const ours = async (opportunityId: string): Promise<string[]> =>
    (await play.opportunity(opportunityId)).tags
      .filter((tag) => /^(Background|Flag|Decision)/.test(tag))
      .toSorted();
  const shown = (status: string, flag: string, decision: string): string[] => [
    `Background Check Status: ${status}`,
    `Decision: ${decision}`,
    `Flag: ${flag}`,
  ];

  /**
   * A check that is complete and flagged, and after it an order in error that a person cancels.
   * @param faults of VICTIG, which keep the order from being placed, or from being known to be
   */
  const withSilentEnd = async (faults: readonly object[] = [UNAVAILABLE]) => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const first = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {
      flagged: true,
      decision: 'Ineligible',
    });
    await play.untilStatus(opportunityId, 'Complete');
    await untilIdle();
    for (const fault of faults) await play.drive('POST', '/faults', { vendor: 'victig', ...fault });
    const placed = await service.admin
      .post(ORDERS)
      .send({ installationId: play.installation.id, opportunityId })
      .expect(201);
    const second = placed.body as SeenAdminOrder;
    // In its place the flag of the first would be a lie.
    await eventually(async () =>
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Error']),
    );
    await service.admin.post(`${ORDERS}/${second.id}/cancel`).send({}).expect(200);
    await eventually(async () =>
      expect(await ours(opportunityId)).toEqual(shown('Complete', 'True', 'Ineligible')),
    );
    await untilIdle();
    return { opportunityId, first, second, orderGuid };
  };

  it('gives the tags back to the check, whose report may still change (R4, S5, T8)', async () => {
    const { opportunityId, orderGuid } = await withSilentEnd();
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {
      flagged: false,
      decision: 'Eligible',
    });
    await eventually(async () =>
      expect(await ours(opportunityId)).toEqual(shown('Complete', 'False', 'Eligible')),
    );
    expect((await play.opportunity(opportunityId)).notes).toHaveLength(2);
  });

  it('leaves nothing behind when the check is erased (A3)', async () => {
    const { opportunityId, first } = await withSilentEnd();
    await service.admin.post(`${ORDERS}/${first.id}/erase`).send({ removeFromLever: true }).expect(200);
    await eventually(async () => {
      expect(await play.lastStep(first.id)).toBe('removed_from_lever');
    });
    expect(await ours(opportunityId)).toEqual([]);
    await untilIdle();
    expect(await ours(opportunityId)).toEqual([]);
  });

  it('is not what a further check waits for: the complete one is (T7)', async () => {
    const { opportunityId, first } = await withSilentEnd();
    await play.drive('DELETE', '/faults');
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId, TRIGGER_STAGE);
    await eventually(async () => {
      const [last] = await service.database.query<{ outcome: string; reason: string; order_id: string }[]>(
        `SELECT outcome, reason, order_id FROM deliveries
         WHERE facts ->> 'opportunityId' = $1 ORDER BY id DESC LIMIT 1`,
        [opportunityId],
      );
      expect(last).toEqual({ outcome: 'ignored', reason: 'already_complete', order_id: first.id });
    });
    await play.orderAtVictig(opportunityId);
  });

  it('takes the tags again, and the flag away, when VICTIG turns out to have taken it (V4, S4, R4)', async () => {
    const { opportunityId, second } = await withSilentEnd(TAKEN_UNKNOWN);
    await play.drive('DELETE', '/faults');
    service.clock.forward(61_000);
    await eventually(async () =>
      expect((await play.timeline(second.id)).map(({ kind }) => kind)).toContain('placed_after_end'),
    );
    await eventually(async () =>
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Canceled']),
    );
    await untilIdle();
    expect(await ours(opportunityId)).toEqual(['Background Check Status: Canceled']);
  });
});

describe('an order that is held, after a complete check', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ reorder: 'always' });
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const ours = async (opportunityId: string): Promise<string[]> =>
    (await play.opportunity(opportunityId)).tags
      .filter((tag) => /^(Background|Flag|Decision)/.test(tag))
      .toSorted();
  const complete = (orderGuid: string, flagged: boolean): Promise<unknown> =>
    play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged, decision: 'Eligible' });
  /** A check that is complete without a flag, whose candidate has left the stage. */
  const checked = async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await complete(orderGuid, false);
    await play.untilStatus(opportunityId, 'Complete');
    await untilDone(service, ['report-progress', 'refresh-order'], { orderId: id });
    await play.move(opportunityId, OTHER_STAGE);
    return { id, opportunityId, orderGuid };
  };
  /** What is to be ordered cannot be found out. */
  const away = async (): Promise<void> => {
    // What VICTIG has for sale is kept for minutes.
    service.clock.forward(600_000);
    const match = { method: 'GET', path: '/clients$' };
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match,
      kind: 'status',
      status: 503,
      times: null,
    });
  };
  const untilFlagged = (opportunityId: string): Promise<void> =>
    eventually(async () =>
      expect(await ours(opportunityId)).toEqual([
        'Background Check Status: Complete',
        'Decision: Eligible',
        'Flag: True',
      ]),
    );

  it('leaves the check its tags, whose report may still change, and takes them away once it has its own (R4, S5, T8)', async () => {
    const { opportunityId, orderGuid } = await checked();
    const held = await enterHold(play, opportunityId);
    await complete(orderGuid, true);
    await untilFlagged(opportunityId);
    await endHold(play, held);
    await eventually(async () =>
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']),
    );
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(2);
    await play.change({ settings: { holdSeconds: 0 } });
  });

  describe('after it was in error', () => {
    afterEach(() => play.change({ settings: { holdSeconds: 0 } }));

    /** The candidate is back, and the new order shows `Error` instead of the check, until it is held. */
    const heldAfterError = async (
      meanwhile: (check: string) => Promise<unknown> = () => Promise.resolve(),
    ) => {
      const check = await checked();
      await away();
      await play.move(check.opportunityId);
      await eventually(async () =>
        expect(await play.order(check.opportunityId)).toMatchObject({ trouble: { failure: 'unavailable' } }),
      );
      service.clock.forward(1_000_000);
      const { id: held } = await play.order(check.opportunityId);
      await service.admin.post(`${ORDERS}/${held}/retry`).expect(200);
      await eventually(async () =>
        expect(await ours(check.opportunityId)).toEqual(['Background Check Status: Error']),
      );
      await untilDone(service, ['report-progress'], { opportunityId: check.opportunityId });
      await meanwhile(check.id);
      // Longer than the candidate has waited.
      await play.change({ settings: { holdSeconds: 86_400 } });
      await service.admin.post(`${ORDERS}/${held}/retry`).expect(200);
      await eventually(async () =>
        expect((await play.timeline(held)).map(({ kind }) => kind)).toContain('held'),
      );
      return { ...check, held };
    };
    const goOn = async (opportunityId: string, held: string): Promise<void> => {
      await play.drive('DELETE', '/faults');
      await play.change({ settings: { holdSeconds: 0 } });
      await endHold(play, held);
      await eventually(async () =>
        expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']),
      );
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(2);
    };

    it('gives the check its tags back, whose report may still change (R4, S1, S5, T8)', async () => {
      const { opportunityId, orderGuid, held } = await heldAfterError();
      await eventually(async () =>
        expect(await ours(opportunityId)).toEqual([
          'Background Check Status: Complete',
          'Decision: Eligible',
          'Flag: False',
        ]),
      );
      await complete(orderGuid, true);
      await untilFlagged(opportunityId);
      // Nobody goes on showing what the other has shown.
      await untilDone(service, ['report-progress'], { opportunityId });
      await goOn(opportunityId, held);
    });

    it('takes its Error away itself where the check was erased, and stays as it is (S1, A3)', async () => {
      const { opportunityId, held } = await heldAfterError((id) =>
        service.admin.post(`${ORDERS}/${id}/erase`).send({}).expect(200),
      );
      await eventually(async () => expect(await ours(opportunityId)).toEqual([]));
      await untilDone(service, ['report-progress'], { opportunityId });
      await goOn(opportunityId, held);
    });
  });
});
