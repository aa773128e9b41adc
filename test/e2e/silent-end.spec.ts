import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
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
