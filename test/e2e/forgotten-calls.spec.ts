import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const RETENTION_DAYS = 30;

/** No call that the service makes meanwhile takes as long. */
const DURATION_MS = 29_999;

describe('records of calls to vendors, when their time is over (A3)', () => {
  let service: TestService;
  let play: Play;
  let orderId: string;

  beforeAll(async () => {
    service = await startTestService({ RETENTION_DAYS: String(RETENTION_DAYS) });
    play = new Play(service);
    await play.setUp();
    const opportunityId = await play.candidate();
    await play.move(opportunityId, TRIGGER_STAGE);
    await play.untilStatus(opportunityId, 'Pending');
    orderId = (await play.order(opportunityId)).id;
  });
  afterAll(() => service.stop());

  const called = (times: number, daysAgo: number, order: string, installationId = play.installation.id) =>
    service.database.query(
      `INSERT INTO vendor_calls (installation_id, order_id, id, at, vendor, operation, outcome, duration_ms, cause, attempt)
       SELECT $1, $2, gen_random_uuid(), now() - $4 * interval '1 day' - n * interval '1 microsecond', 'VICTIG',
         'GET /orders/:id', 'timed_out', ${DURATION_MS}, 'refresh-order', 1
       FROM generate_series(1, $3) AS n`,
      [installationId, order, times, daysAgo],
    );
  const left = async (order: string): Promise<number> => {
    const [row] = await service.database.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM vendor_calls WHERE order_id = $1 AND duration_ms = $2',
      [order, DURATION_MS],
    );
    return row?.count ?? 0;
  };
  const round = () => service.part(EnforceRetention).handle();

  it('go, more of them than one batch holds, and later ones stay (A3)', async () => {
    const order = randomUUID();
    await called(2_500, RETENTION_DAYS + 1, order);
    await called(3, RETENTION_DAYS - 1, order);
    await round();
    expect(await left(order)).toBe(3);
    await round();
    expect(await left(order)).toBe(3);
  });

  it('go while their order is open, too: one that is retried for months would write them for as long', async () => {
    await called(10, RETENTION_DAYS + 1, orderId);
    await called(2, 0, orderId);
    await round();
    expect(await left(orderId)).toBe(2);
  });

  it('stay while a legal hold is on their order, whatever goes beside them (A3)', async () => {
    const other = randomUUID();
    await service.admin.post(`/admin/v1/orders/${orderId}/hold`).send({ reason: 'CASE-1' }).expect(200);
    await called(1_500, RETENTION_DAYS + 1, orderId);
    await called(1_500, RETENTION_DAYS + 1, other);
    await round();
    expect(await left(orderId)).toBe(1_502);
    expect(await left(other)).toBe(0);
    await service.admin.delete(`/admin/v1/orders/${orderId}/hold`).expect(204);
    await round();
    expect(await left(orderId)).toBe(2);
  });

  it('stay as long as an installation keeps its records (A3)', async () => {
    const order = randomUUID();
    await play.setUp({}, { retention: { days: null, floorDays: 365 } });
    await called(5, RETENTION_DAYS + 1, order);
    await called(5, 366, order);
    await round();
    expect(await left(order)).toBe(5);
  });
});
