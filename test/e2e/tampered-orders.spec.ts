import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { TAMPERED } from '../support/tampered.js';
import { untilAtRest, untilNoneRuns } from '../support/until-done.js';

/** What somebody changed in the database keeps an order from going on: that is said, as long as it lasts. */
describe('an order whose data cannot be opened', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const tamper = (orderId: string): Promise<unknown> =>
    service.database.query(
      `UPDATE order_keys
       SET sealed = ${TAMPERED}
       WHERE order_id = $1`,
      [orderId],
    );
  const until = (opportunityId: string, expected: object): Promise<SeenAdminOrder> =>
    eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order).toMatchObject(expected);
      return order;
    });
  const retry = (orderId: string) => service.admin.post(`/admin/v1/orders/${orderId}/retry`).expect(200);
  const mend = async (opportunityId: string, orderId: string): Promise<void> => {
    // A try of its own would leave nothing to be retried.
    await Promise.all([
      untilAtRest(service, ['place-order', 'report-progress'], { opportunityId }),
      untilAtRest(service, ['refresh-order'], { orderId }),
    ]);
    await tamper(orderId);
    await retry(orderId);
  };
  const pending = async (): Promise<{ opportunityId: string; orderId: string; orderGuid: string }> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id: orderId } = await play.order(opportunityId);
    return { opportunityId, orderId, orderGuid: (await play.orderAtVictig(opportunityId)).orderGuid };
  };
  const complete = (orderGuid: string): Promise<unknown> =>
    play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
  /** Says no, after which nothing can still come true that would have to be waited for. */
  const refuseNotes = () =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: '/notes$' },
      kind: 'status',
      status: 403,
      times: null,
    });
  const UNREADABLE = expect.objectContaining({ failure: 'unreadable' }) as object;

  it('is in trouble before it is placed, shows Error, and goes on when all is as it was (S3, A3)', async () => {
    const failing = { vendor: 'victig', match: { method: 'POST', path: '/orders$' }, kind: 'status' };
    await play.drive('POST', '/faults', { ...failing, status: 429, times: null });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const { id } = await until(opportunityId, { trouble: { failure: 'rate_limited' } });
    await until(opportunityId, { status: 'error', statusReason: 'rate_limited' });
    await tamper(id);
    await play.drive('DELETE', '/faults');
    await retry(id);
    await until(opportunityId, { status: 'error', statusReason: 'unreadable', trouble: UNREADABLE });
    const told = (await play.timeline(id)).findLast(({ kind }) => kind === 'trouble');
    expect(told?.data['message']).toMatch(/cannot be opened/);
    await play.untilStatus(opportunityId, 'Error');
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(0);
    await mend(opportunityId, id);
    await until(opportunityId, { status: 'pending', trouble: null });
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
  });

  it('is in trouble when its results come, which are taken when all is as it was (S3, S4)', async () => {
    const { opportunityId, orderId, orderGuid } = await pending();
    await tamper(orderId);
    await complete(orderGuid);
    await until(opportunityId, { trouble: UNREADABLE });
    service.clock.forward(2_000);
    await retry(orderId);
    await until(opportunityId, { status: 'error', statusReason: 'unreadable' });
    await mend(opportunityId, orderId);
    const { notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(notes).toHaveLength(1);
    await until(opportunityId, { status: 'complete', trouble: null });
  });

  it('is in trouble while its note cannot be written, and shows Error and not Complete (R4, S3)', async () => {
    const { opportunityId, orderId, orderGuid } = await pending();
    await refuseNotes();
    await complete(orderGuid);
    await until(opportunityId, { status: 'complete', leverTrouble: { failure: 'unauthorized' } });
    await tamper(orderId);
    // One that opened the results before would be through without the fault.
    await untilNoneRuns(service, ['report-progress'], { opportunityId });
    await play.drive('DELETE', '/faults');
    service.clock.forward(2_000);
    await retry(orderId);
    await until(opportunityId, { status: 'complete', leverTrouble: UNREADABLE });
    const { notes } = await play.untilStatus(opportunityId, 'Error');
    expect(notes).toEqual([]);
    await mend(opportunityId, orderId);
    await play.untilStatus(opportunityId, 'Complete');
    await until(opportunityId, { leverTrouble: null });
  });

  it('can be erased all the same (A3)', async () => {
    const { opportunityId, orderId, orderGuid } = await pending();
    await tamper(orderId);
    await complete(orderGuid);
    await until(opportunityId, { trouble: UNREADABLE });
    await service.admin.post(`/admin/v1/orders/${orderId}/cancel`).send({}).expect(200);
    await service.admin.post(`/admin/v1/orders/${orderId}/erase`).send({}).expect(200);
    await until(opportunityId, { trouble: null });
  });
});
