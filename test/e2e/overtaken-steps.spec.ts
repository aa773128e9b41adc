import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OrderBook } from '../../src/orders/order-book.js';
import { RefreshOrder } from '../../src/orders/refresh-order.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

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
    eventually(async () => {
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name IN ('place-order', 'refresh-order', 'report-progress') AND state <= 'active'`,
      );
      expect(left).toEqual([]);
    });

  // In a service that has listed no clients yet.
  it('is opened although it cannot be mapped, and VICTIG is asked once for each try (T7, S3)', async () => {
    await play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 503, times: null });
    const before = await callsTo(CLIENTS);
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const received = await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(await eventsOf(order.id)).toEqual(['opened', 'trouble']);
      return order;
    });
    expect(received.status).toBe('received');
    expect(await callsTo(CLIENTS)).toBe(before + 1);
    await play.drive('DELETE', '/faults');
    await play.untilStatus(opportunityId, 'Pending');
    expect((await play.order(opportunityId)).id).toBe(received.id);
    await play.orderAtVictig(opportunityId);
  });

  it('is decided about anew when another process moves it on meanwhile, and VICTIG is not asked again (V2)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle();
    await play.drive('DELETE', '/victig/callbacks');
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
});
