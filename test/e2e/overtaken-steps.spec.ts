import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MapOrder } from '../../src/orders/placing/map-order.js';
import { OrderBook, OrderRaceLost } from '../../src/orders/order-book.js';
import { PlaceOrder } from '../../src/orders/placing/place-order.js';
import { ApplicantTracking } from '../../src/orders/ports/applicant-tracking.js';
import { RefreshOrder } from '../../src/orders/following/refresh-order.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const READ = 'GET /v1/clients/:client/orders/:order';
const CLIENTS = 'GET /v1/clients';

describe('an order that moves on, or cannot, while it is worked on', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await service.stop();
  });

  const callsTo = async (operation: string): Promise<number> =>
    (await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig')).filter(
      (call) => call.operation === operation,
    ).length;
  const eventsOf = async (orderId: string): Promise<string[]> => {
    const events = await service.database.query<{ kind: string }[]>(
      'SELECT kind FROM order_events WHERE order_id = $1 ORDER BY sequence',
      [orderId],
    );
    return events.map(({ kind }) => kind);
  };
  const untilIdle = (): Promise<void> =>
    untilDone(service, ['place-order', 'refresh-order', 'report-progress']);

  // In a service that has listed no clients yet.
  it('is opened although it cannot be mapped, and VICTIG is asked once for each try (T7, S3)', async () => {
    await play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 503, times: null });
    const before = await callsTo(CLIENTS);
    const placing = service.part(PlaceOrder);
    const handle = placing.handle.bind(placing);
    let begun = 0;
    let ended = 0;
    const tried = vi.spyOn(placing, 'handle').mockImplementation(async (job) => {
      begun++;
      await handle(job).finally(() => ended++);
    });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const received = await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(await eventsOf(order.id)).toEqual(['opened', 'trouble']);
      expect(order).toMatchObject({ status: 'received', trouble: { failure: 'unavailable' } });
      return order;
    });
    await eventually(async () => {
      const tries = begun;
      expect(await callsTo(CLIENTS)).toBe(before + tries);
      // Looked at between two tries.
      expect([begun, ended]).toEqual([tries, tries]);
    });
    tried.mockRestore();
    await play.drive('DELETE', '/faults');
    await play.untilStatus(opportunityId, 'Pending');
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ id: received.id, trouble: null }),
    );
    await play.orderAtVictig(opportunityId);
  });

  it('is decided about anew when another process moves it on meanwhile, and VICTIG is not asked again (V2)', async () => {
    const opportunityId = await play.candidate();
    // Not even that of its beginning, which may come late.
    await play.drive('DELETE', '/victig/callbacks');
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle();
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    const { id: orderId } = await play.order(opportunityId);
    const reads = await callsTo(READ);
    // Twice another process takes a step between the reading of the order and the step from it.
    const book = service.part(OrderBook);
    const find = book.find.bind(book);
    let overtakes = 0;
    const spy = vi.spyOn(book, 'find').mockImplementation(async (key) => {
      const order = await find(key);
      if (order && overtakes++ < 3) {
        await service.database.query('UPDATE orders SET sequence = sequence + 10 WHERE id = $1', [orderId]);
      }
      return order;
    });
    await service.part(RefreshOrder).handle({ installationId: play.installation.id, orderId });
    spy.mockRestore();
    expect(overtakes).toBe(4);
    expect(await callsTo(READ)).toBe(reads + 1);
    await play.untilStatus(opportunityId, 'In Progress');
    const observed = (await play.timeline(orderId)).filter(({ to }) => to === 'in_progress');
    expect(observed).toHaveLength(1);
  });

  it('is read again at VICTIG when another run saw something meanwhile, for that may be newer (V2)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle();
    const { id: orderId } = await play.order(opportunityId);
    const book = service.part(OrderBook);
    const find = book.find.bind(book);
    let asked = 0;
    const spy = vi.spyOn(book, 'find').mockImplementation(async (key) => {
      if (++asked === 2) {
        await service.database.query(
          'UPDATE orders SET report_revision = report_revision + 1, flagged = true WHERE id = $1',
          [orderId],
        );
      }
      return find(key);
    });
    const job = { installationId: play.installation.id, orderId };
    await expect(service.part(RefreshOrder).handle(job)).rejects.toBeInstanceOf(OrderRaceLost);
    spy.mockRestore();
  });

  const placeByHand = async (opportunityId: string): Promise<string> => {
    const answer = await service.admin
      .post('/admin/v1/orders')
      .send({ installationId: play.installation.id, opportunityId })
      .expect(201);
    return (answer.body as { id: string }).id;
  };
  /** Does it once while a trigger's order has been mapped and is not opened yet. */
  const onceMapped = (work: () => Promise<void>): (() => number) => {
    const mapper = service.part(MapOrder);
    const outcome = mapper.outcome.bind(mapper);
    let done = 0;
    vi.spyOn(mapper, 'outcome').mockImplementation(async (...given) => {
      const answer = await outcome(...given);
      if (done++ === 0) await work();
      return answer;
    });
    return () => done;
  };
  const ordersOf = (opportunityId: string): Promise<{ id: string; status: string }[]> =>
    service.database.query('SELECT id, status FROM orders WHERE opportunity_id = $1 ORDER BY created_at', [
      opportunityId,
    ]);

  it('yields to one that is opened by hand meanwhile, also when it is refused itself (T7)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    let byHand = '';
    const mapped = onceMapped(async () => {
      byHand = await placeByHand(opportunityId);
    });
    await play.move(opportunityId);
    await eventually(() => expect(mapped()).toBeGreaterThan(1));
    await untilIdle();
    vi.restoreAllMocks();
    expect(await ordersOf(opportunityId)).toEqual([{ id: byHand, status: 'rejected' }]);
  });

  it('yields to one that was opened by hand meanwhile and has ended already (T7, V4)', async () => {
    const opportunityId = await play.candidate();
    let byHand = '';
    onceMapped(async () => {
      byHand = await placeByHand(opportunityId);
      await service.admin
        .post(`/admin/v1/orders/${byHand}/cancel`)
        .send({ reason: 'by mistake' })
        .expect(200);
    });
    await play.move(opportunityId);
    await eventually(() => expect(byHand).not.toBe(''));
    await untilIdle();
    vi.restoreAllMocks();
    expect(await ordersOf(opportunityId)).toEqual([{ id: byHand, status: 'canceled' }]);
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it('begins with the tags that the one before shows by now, and not when it was read (R4)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Rejected');
    await untilIdle();
    const { id: earlier } = await play.order(opportunityId);
    const book = service.part(OrderBook);
    const installationId = play.installation.id;
    const before = await book.find({ installationId, orderId: earlier });
    await service.database.query(
      `UPDATE orders SET shown_tags = '{"Flag: True"}', stuck_tags = '{"Flag: False"}' WHERE id = $1`,
      [earlier],
    );
    const draft = book.draft({
      installationId,
      opportunityId,
      settingsVersion: 1,
      triggeredAt: new Date(),
      triggerStageId: null,
      deliveryId: null,
      before,
    });
    await service.part(Transactions).run((tx) => book.open(tx, 'test', draft));
    const opened = await book.find({ installationId, orderId: draft.order.id });
    expect(opened).toMatchObject({ shownTags: ['Flag: True'], stuckTags: ['Flag: False'] });
  });

  // Its report is tried again for longer than the others wait.
  it('shows no result before its note, where it comes while the note before it is posted (R4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle();
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const { id: orderId } = await play.order(opportunityId);
    const tracking = service.part(ApplicantTracking);
    const addNote = tracking.addNote.bind(tracking);
    const spy = vi.spyOn(tracking, 'addNote').mockImplementationOnce(async (...given) => {
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
      await service.part(RefreshOrder).handle({ installationId: play.installation.id, orderId });
      const noteId = await addNote(...given);
      const match = { method: 'POST', path: '/notes' };
      await play.drive('POST', '/faults', {
        vendor: 'lever',
        match,
        kind: 'status',
        status: 503,
        times: null,
      });
      return noteId;
    });
    await play.move(opportunityId, OTHER_STAGE);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        status: 'complete',
        leverTrouble: { failure: 'unavailable' },
      }),
    );
    spy.mockRestore();
    const { notes, tags } = await play.opportunity(opportunityId);
    expect(notes).toHaveLength(1);
    expect(tags).toContain('Background Check Status: Pending');
    expect(tags).not.toContain('Flag: True');
    await play.drive('DELETE', '/faults');
  });
});
