import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play, type SeenOrder } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

describe("a list of VICTIG's that is ahead of the order's own answer", () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    // No callback tells of anything.
    await play.drive('DELETE', '/victig/callbacks');
  });
  afterAll(() => service.stop());

  const roundLater = async (): Promise<void> => {
    service.clock.forward(HOUR_MS);
    await roundOfReconciler(service);
    await play.untilAllRead();
  };

  const placed = async (): Promise<string> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    return opportunityId;
  };
  /** What an order's own answer says for so many readings, whatever has become of it. */
  const behind = (order: SeenOrder, answer: object, times = 1): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${order.orderGuid}$` },
      kind: 'status',
      status: 200,
      body: { orderGuid: order.orderGuid, fileNumber: order.fileNumber, ...answer },
      times,
    });
  const readingsOf = async ({ orderGuid }: SeenOrder): Promise<number> => {
    const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
    return calls.filter(({ path }) => path.endsWith(`/orders/${orderGuid}`)).length;
  };

  it('is believed an hour later, when the order is read once more (V3)', async () => {
    const opportunityId = await placed();
    const order = await play.orderAtVictig(opportunityId);
    const readings = (): Promise<number> => readingsOf(order);
    await behind(order, { orderStatus: 'app-pending', searchFlagged: false });
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: true });
    const before = await readings();
    await roundLater();
    expect(await readings()).toBe(before + 1);
    expect(await play.order(opportunityId)).toMatchObject({ status: 'pending' });
    // Not in each round: what the list says was read for.
    await roundOfReconciler(service);
    await play.untilAllRead();
    expect(await readings()).toBe(before + 1);

    await roundLater();
    const { tags, notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(tags).toContain('Flag: True');
    expect(notes).toHaveLength(1);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ status: 'complete', flagged: true }),
    );
  });

  it('is believed of a report that was complete, too, and asked about no oftener than once more (R4, V3)', async () => {
    const opportunityId = await placed();
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    await roundLater();
    await play.untilStatus(opportunityId, 'Complete');
    const { modifiedDate } = await play.drive<{ modifiedDate: number }>(
      'GET',
      `/victig/orders/${order.orderGuid}`,
    );
    // Another open order has the list read.
    await placed();
    const late = { orderStatus: 'complete', searchFlagged: false, modifiedDate: modifiedDate - HOUR_MS };
    await behind(order, late);
    const revise = async (flagged: boolean): Promise<void> => {
      await play.drive('POST', `/victig/orders/${order.orderGuid}/reopen`);
      await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged });
    };
    await revise(true);
    const before = await readingsOf(order);
    await roundLater();
    expect(await readingsOf(order)).toBe(before + 1);
    expect(await play.order(opportunityId)).toMatchObject({ flagged: false });
    await roundOfReconciler(service);
    await play.untilAllRead();
    expect(await readingsOf(order)).toBe(before + 1);
    await roundLater();
    await eventually(async () => {
      const { tags, notes } = await play.untilStatus(opportunityId, 'Complete');
      expect(tags).toContain('Flag: True');
      expect(tags).not.toContain('Flag: False');
      expect(notes).toHaveLength(2);
    });
    expect(await readingsOf(order)).toBe(before + 2);

    // One that never agrees.
    await behind(order, { ...late, searchFlagged: true }, 9);
    await revise(false);
    for (let round = 0; round < 4; round++) await roundLater();
    expect(await readingsOf(order)).toBe(before + 4);
  });
});
