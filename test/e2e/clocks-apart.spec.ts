import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PlaceOrder } from '../../src/orders/placing/place-order.js';
import { ReportProgress } from '../../src/orders/showing/report-progress.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

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
