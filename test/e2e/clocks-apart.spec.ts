import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PlaceOrder } from '../../src/orders/placing/place-order.js';
import { ReportProgress } from '../../src/orders/showing/report-progress.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

/** Longer than a call whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

const NEVER_ANSWERED = { kind: 'drop_before', times: 1 };

const UNSETTLED = { failure: 'timed_out', details: { fate: 'unknown', retryAfterMs: 5_000 } };

describe('processes whose clocks differ', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterEach(async () => {
    service.clock.goAstray(0);
    await play.drive('DELETE', '/faults');
  });
  afterAll(() => service.stop());

  const submissions = async (orderId: string): Promise<number> =>
    (await play.timeline(orderId)).filter(({ kind }) => kind === 'submit_started').length;

  it.each([120_000, -120_000])(
    'do not hide a move after an order by hand was rejected (T7)',
    async (strayMs) => {
      const opportunityId = await play.candidate({ emails: [] });
      service.clock.goAstray(strayMs);
      const { id: installationId } = play.installation;
      await service.admin.post('/admin/v1/orders').send({ installationId, opportunityId }).expect(201);
      await play.untilStatus(opportunityId, 'Rejected');
      const emails = [`${randomUUID()}@example.com`];
      await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { emails });
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
    },
  );

  /** An order that was submitted once and found in vain, by a process whose clock is wrong by so much. */
  const loseSubmission = async (strayMs: number): Promise<{ opportunityId: string; id: string }> => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      ...NEVER_ANSWERED,
    });
    const opportunityId = await play.candidate();
    service.clock.goAstray(strayMs);
    await play.move(opportunityId);
    const { id } = await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(await submissions(order.id)).toBe(1);
      expect(order['trouble']).not.toBeNull();
      return order;
    });
    return { opportunityId, id };
  };

  const takeOver = ({ opportunityId, id: orderId }: { opportunityId: string; id: string }): Promise<void> =>
    service.part(PlaceOrder).handle({ installationId: play.installation.id, opportunityId, orderId });

  it.each([
    ['whose clock is ahead takes over', 0, SETTLED_MS],
    ['takes over from one whose clock is behind', -SETTLED_MS, 0],
  ])('submit an order once while it may come true, where one %s (V4)', async (_which, writer, reader) => {
    const order = await loseSubmission(writer);
    service.clock.goAstray(reader);
    await expect(takeOver(order)).rejects.toMatchObject(UNSETTLED);
    expect(await submissions(order.id)).toBe(1);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(order.opportunityId, 'Pending');
    expect(await submissions(order.id)).toBe(2);
    await play.orderAtVictig(order.opportunityId);
  });

  it.each([
    ['whose clock is behind takes over', 0, -4 * SETTLED_MS],
    ['takes over from one whose clock is ahead', 4 * SETTLED_MS, 0],
  ])('submit an order again in time, where one %s (V4)', async (_which, writer, reader) => {
    const order = await loseSubmission(writer);
    service.clock.goAstray(reader);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(order.opportunityId, 'Pending');
    await play.orderAtVictig(order.opportunityId);
  });

  /** From now on the clock of the service is behind that of the database by so much. */
  const fallBehind = (ms: number): void => service.clock.goAstray(-service.clock.aheadMs - ms);

  /**
   * How many seconds the only job of a kind that waits has to wait yet, by the database's clock. Of that about the thing alone:
   * callbacks of other tests that overtook their orders leave jobs that wait for a day.
   */
  const secondsToWait = (job: string, about: object): Promise<number> =>
    eventually(async () => {
      const waiting = await service.database.query<{ seconds: number }[]>(
        `SELECT extract(epoch FROM start_after - now())::float AS seconds FROM pgboss.job
         WHERE name = $1 AND data -> 'payload' @> $2::jsonb AND state = 'created' AND start_after > now()`,
        [job, JSON.stringify(about)],
      );
      expect(waiting).toHaveLength(1);
      return waiting[0]?.seconds ?? 0;
    });

  it('wait for the end of a hold by the clock by which it is not over, and do not ask again and again until then (T8)', async () => {
    await play.change({ settings: { holdSeconds: 30 } });
    const opportunityId = await play.candidate();
    fallBehind(SETTLED_MS);
    await play.move(opportunityId);
    await eventually(async () => expect((await play.order(opportunityId)).id).toBeDefined());
    expect(await secondsToWait('place-order', { opportunityId })).toBeGreaterThan(60);
    service.clock.goAstray(0);
    service.clock.forward(SETTLED_MS);
    await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE name = 'place-order'`);
    await play.untilStatus(opportunityId, 'Pending');
    await play.change({ settings: { holdSeconds: 0 } });
  });

  it('keep a callback of an unknown order for as long as it is not over by any clock that looks (V2)', async () => {
    const day = 24 * 3_600;
    const resourceGuid = randomUUID();
    await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .send({
        event: 'order.completed',
        resourceGuid,
        resourcePath: `/clients/c/orders/${resourceGuid}`,
        timestamp: Date.now(),
      })
      .expect(200);
    const [delivery] = await service.database.query<{ id: string }[]>(
      `SELECT id FROM deliveries WHERE source = 'victig' AND facts ->> 'orderGuid' = $1`,
      [resourceGuid],
    );
    const ours = { deliveryId: delivery?.id };
    expect(await secondsToWait('take-callback', ours)).toBeGreaterThan(day - 60);
    fallBehind(SETTLED_MS);
    await service.database.query(
      `UPDATE deliveries SET received_at = now() - interval '1 day' WHERE source = 'victig'`,
    );
    await service.database.query(
      `UPDATE pgboss.job SET start_after = now() WHERE name = 'take-callback' AND state = 'created'`,
    );
    const seconds = await secondsToWait('take-callback', ours);
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThan(62);
  });

  it('post a note once while it may yet appear (F1)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: '/notes$' },
      ...NEVER_ANSWERED,
    });
    await play.move(opportunityId);
    const { id: orderId } = await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order).toMatchObject({ status: 'rejected', leverTrouble: expect.anything() as unknown });
      return order;
    });
    service.clock.goAstray(SETTLED_MS);
    const job = { installationId: play.installation.id, opportunityId, orderId };
    await expect(service.part(ReportProgress).handle(job)).rejects.toMatchObject(UNSETTLED);
    expect((await play.opportunity(opportunityId)).notes).toEqual([]);
    service.clock.forward(SETTLED_MS);
    await play.untilStatus(opportunityId, 'Rejected');
    expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
  });
});
