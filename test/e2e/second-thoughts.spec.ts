import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOrder } from '../../src/orders/jobs.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone, untilNoneRuns } from '../support/until-done.js';

const ADMIN = '/admin/v1/installations';

/** Longer than the test lets VICTIG take: it is let go. */
const HELD_MS = 19_000;

describe('when things change while work waits', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  /** VICTIG takes long for an applicant, and answers as is said. */
  const holdApplicant = (fault: object): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/applicants$' },
      delayMs: HELD_MS,
      times: 1,
      label: 'held',
      ...fault,
    });
  /** VICTIG is at the call that it takes long for. */
  const untilHeld = (): Promise<void> =>
    eventually(async () => {
      const faults = await play.drive<{ label: string | null }[]>('GET', '/faults');
      expect(faults.filter(({ label }) => label === 'held')).toMatchObject([{ struck: 1 }]);
    });

  const fault = (vendor: string, match: object, status: number, times: number | null): Promise<unknown> =>
    play.drive('POST', '/faults', { vendor, match, kind: 'status', status, times });

  it('orders nothing for a candidate who left while VICTIG was away (T6)', async () => {
    const opportunityId = await play.candidate();
    await fault('victig', { method: 'POST', path: '/applicants$' }, 503, null);
    await play.move(opportunityId);
    await eventually(async () => {
      const { id } = await play.order(opportunityId);
      expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('trouble');
    });
    await play.move(opportunityId, OTHER_STAGE);
    // One that read the stage before would be through without the fault.
    await untilNoneRuns(service, ['place-order'], { opportunityId });
    await play.drive('DELETE', '/faults');
    await eventually(async () => expect((await play.order(opportunityId)).status).toBe('canceled'));
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    const { tags } = await play.opportunity(opportunityId);
    expect(tags.filter((tag) => tag.startsWith('Background Check'))).toEqual([]);
  });

  it('orders for who stays in the stage that an admin took from the settings while VICTIG was away (T8)', async () => {
    const opportunityId = await play.candidate();
    await fault('victig', { method: 'POST', path: '/applicants$' }, 503, 2);
    await play.move(opportunityId);
    await eventually(async () => {
      const { id } = await play.order(opportunityId);
      expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('trouble');
    });
    await play.change({ triggerStageIds: [OTHER_STAGE] });
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
    await play.change({ triggerStageIds: [TRIGGER_STAGE] });
  });

  it('tells of no submission where a person canceled while VICTIG refused the applicant (S4, V4)', async () => {
    const opportunityId = await play.candidate();
    await holdApplicant({ kind: 'status', status: 422 });
    await play.move(opportunityId);
    await untilHeld();
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/cancel`).expect(200);
    await play.drive('POST', '/faults/let-go');
    await untilDone(service, ['place-order'], { opportunityId });
    const kinds = (await play.timeline(id)).map(({ kind }) => kind);
    expect(kinds).not.toContain('submit_not_received');
    expect(await play.order(opportunityId)).toMatchObject({ id, status: 'canceled' });
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await play.drive('DELETE', '/faults');
  });

  it('submits nothing once the installation is paused, and goes on when it orders again (T5, I6)', async () => {
    const opportunityId = await play.candidate();
    await holdApplicant({ kind: 'slow' });
    await play.move(opportunityId);
    await untilHeld();
    const { id } = await play.order(opportunityId);
    await service.admin.post(`${ADMIN}/${play.installation.id}/pause`).expect(200);
    await play.drive('POST', '/faults/let-go');
    // The run that had begun has ended, and the next one waits.
    await eventually(async () => {
      const jobs = await service.database.query<{ state: string }[]>(
        `SELECT state FROM pgboss.job
         WHERE name = 'place-order' AND state <= 'active' AND singleton_key LIKE '%/' || $1`,
        [opportunityId],
      );
      expect(jobs).toEqual([{ state: 'created' }]);
    });
    expect((await play.timeline(id)).map(({ kind }) => kind)).not.toContain('submit_started');
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await service.admin.post(`${ADMIN}/${play.installation.id}/activate`).send({}).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });

  it("leaves the tags to the latest order when an earlier one's note is late (S1)", async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await fault('lever', { method: 'POST', path: '/notes$' }, 429, 3);
    await play.move(opportunityId);
    await eventually(async () => expect((await play.order(opportunityId)).status).toBe('rejected'));
    await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { emails: ['late@mended.example'] });
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId, TRIGGER_STAGE);
    await eventually(async () => {
      expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
      await play.untilStatus(opportunityId, 'Pending');
    });
    expect((await play.order(opportunityId)).status).toBe('pending');
  });

  it('does not take one 404 for the end of an opportunity that is there (R1)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await fault('lever', { method: 'POST', path: '/notes$' }, 404, 1);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: true });
    const seen = await play.untilStatus(opportunityId, 'Complete');
    expect(seen.notes).toHaveLength(1);
  });

  it('takes an installation id in capitals for the same installation (I2, T1)', async () => {
    const id = play.installation.id.toUpperCase();
    await play.knock({ anything: 1 }, id).expect(401);
    await play.knock(leverWebhook(), id).expect(200);
    await service.admin
      .post(`${ADMIN}/${id}/signature-tokens`)
      .send({ token: 'added-by-capitals' })
      .expect(201);
    await play.knock(leverWebhook({}, 'added-by-capitals')).expect(200);
    await play.knock(leverWebhook()).expect(200);
    const read = await service.admin.get(`${ADMIN}/${id}`).expect(200);
    expect(read.body).toMatchObject({ id: play.installation.id });
  });

  it('goes on holding when the hold is made longer meanwhile (T8)', async () => {
    const holding = new Play(service);
    await holding.drive('DELETE', '/lever/webhooks');
    await holding.setUp({ holdSeconds: 2 });
    const opportunityId = await holding.candidate();
    await holding.move(opportunityId);
    await eventually(async () => {
      const { id } = await holding.order(opportunityId);
      expect((await holding.timeline(id)).map(({ kind }) => kind)).toContain('held');
    });
    await holding.change({ settings: { holdSeconds: 4 } });
    await holding.untilStatus(opportunityId, 'Pending');
    await holding.orderAtVictig(opportunityId);
  });

  it('orders after the hold for who stays in the stage that an admin took from the settings (T8)', async () => {
    const holding = new Play(service);
    await holding.drive('DELETE', '/lever/webhooks');
    await holding.setUp({ holdSeconds: 2 }, { triggerStageIds: [TRIGGER_STAGE, OTHER_STAGE] });
    const opportunityId = await holding.candidate();
    await holding.move(opportunityId);
    await eventually(async () => {
      const { id } = await holding.order(opportunityId);
      expect((await holding.timeline(id)).map(({ kind }) => kind)).toContain('held');
    });
    await holding.change({ triggerStageIds: [OTHER_STAGE] });
    await holding.untilStatus(opportunityId, 'Pending');
    await holding.orderAtVictig(opportunityId);
  });

  it('holds anew who left meanwhile, from when the candidate came back (T8)', async () => {
    const holding = new Play(service);
    await holding.drive('DELETE', '/lever/webhooks');
    await holding.setUp({ holdSeconds: 3_600 });
    const opportunityId = await holding.candidate();
    await holding.move(opportunityId);
    const { id: orderId } = await eventually(() => holding.order(opportunityId));
    const untilHeld = (times: number): Promise<void> =>
      eventually(async () => {
        const holds = (await holding.timeline(orderId)).filter(({ kind }) => kind === 'held');
        expect(holds).toHaveLength(times);
      });
    await untilHeld(1);
    const { id: installationId } = holding.installation;
    const passMinutes = async (minutes: number): Promise<void> => {
      service.clock.forward(minutes * 60_000);
      await service.send(placeOrder, { installationId, opportunityId, orderId });
    };
    // As if the candidate had come 59 minutes before leaving and coming back.
    await service.database.query(
      `UPDATE orders SET created_at = created_at - interval '59 minutes',
                         triggered_at = triggered_at - interval '59 minutes' WHERE id = $1`,
      [orderId],
    );
    await holding.move(opportunityId, OTHER_STAGE);
    await holding.move(opportunityId, TRIGGER_STAGE);
    await passMinutes(2);
    await untilHeld(2);
    expect(await holding.ordersAtVictig(opportunityId)).toEqual([]);

    await passMinutes(59);
    await holding.untilStatus(opportunityId, 'Pending');
    await holding.orderAtVictig(opportunityId);
    await untilHeld(2);
    service.clock.forward(-61 * 60_000);
  });
});
