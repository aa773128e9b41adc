import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** Longer than a submission whose answer never came is waited for. */
const SETTLED_MS = 61_000;

const DAY_MS = 24 * 3_600_000;

const NOBODY_LOOKS = {
  vendor: 'victig',
  match: { method: 'GET', path: '/orders' },
  kind: 'status',
  status: 503,
  times: null,
};

const NO_LIST = {
  vendor: 'victig',
  match: { method: 'GET', path: '/applicants/[^/]+/orders' },
  kind: 'status',
  status: 404,
  times: null,
};

describe('an order whose opportunity has an earlier one that VICTIG may have taken (V4, T7)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    play = new Play(service);
    await play.setUp();
  });
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await play.drive('POST', '/outgoing', { vendor: 'victig' });
  });
  afterAll(() => service.stop());

  const place = (opportunityId: string) =>
    service.admin.post('/admin/v1/orders').send({ installationId: play.installation.id, opportunityId });
  const byHand = async (opportunityId: string): Promise<unknown> => place(opportunityId).expect(201);
  const byMoving = async (opportunityId: string): Promise<void> => {
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId);
  };
  const kinds = async (orderId: string): Promise<string[]> =>
    (await play.timeline(orderId)).map(({ kind }) => kind);
  const read = async (orderId: string): Promise<SeenAdminOrder> =>
    (await service.admin.get(`/admin/v1/orders/${orderId}`).expect(200)).body as SeenAdminOrder;
  const later = (opportunityId: string, before: string): Promise<SeenAdminOrder> =>
    eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order.id).not.toBe(before);
      return order;
    });

  /** An order whose submission has no answer, and that a person ended. */
  const ended = async (
    end: 'cancel' | 'discard',
    lost: 'drop_before' | 'drop_after',
    lookups: object | null,
  ): Promise<{ opportunityId: string; id: string }> => {
    // No callback tells of it: it has to be looked for.
    await play.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 });
    const match = { method: 'POST', path: '/orders$' };
    await play.drive('POST', '/faults', { vendor: 'victig', match, kind: lost, times: 1 });
    if (lookups) await play.drive('POST', '/faults', lookups);
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const { id } = await eventually(async () => {
      const order = await play.order(opportunityId);
      expect(order.status).toBe('error');
      return order;
    });
    const refused = await place(opportunityId).expect(409);
    expect((refused.body as { detail: string }).detail).toContain('a new order waits until it is found out');
    await eventually(() => service.admin.post(`/admin/v1/orders/${id}/${end}`).send({}).expect(200));
    return { opportunityId, id };
  };

  /** The order that is opened next, once it has been tried. */
  const waiting = async (
    first: { opportunityId: string; id: string },
    open: (opportunityId: string) => Promise<unknown>,
  ): Promise<string> => {
    await open(first.opportunityId);
    const { id } = await later(first.opportunityId, first.id);
    await eventually(async () => expect(await kinds(id)).toContain('trouble'));
    expect(await kinds(id)).not.toContain('submit_started');
    return id;
  };

  describe.each([
    ['is placed by hand', byHand],
    ['is opened by moving the candidate again', byMoving],
  ])('that %s', (_how, open) => {
    it.each(['cancel', 'discard'] as const)(
      'is submitted once that one can no longer come true, after a %s',
      async (end) => {
        const first = await ended(end, 'drop_before', null);
        const id = await waiting(first, open);
        expect(await play.ordersAtVictig(first.opportunityId)).toEqual([]);
        service.clock.forward(SETTLED_MS);
        await play.untilStatus(first.opportunityId, 'Pending');
        expect(await play.orderAtVictig(first.opportunityId)).toMatchObject({ externalIdentifier: id });
        expect(await kinds(first.id)).toContain('submit_not_received');
      },
    );

    it('is rejected where VICTIG has that one, and says so; the one after it is submitted (S2)', async () => {
      const first = await ended('discard', 'drop_after', NOBODY_LOOKS);
      const id = await waiting(first, open);
      await play.orderAtVictig(first.opportunityId);
      await play.drive('DELETE', '/faults');
      const { notes } = await play.untilStatus(first.opportunityId, 'Rejected');
      const atVictig = await play.orderAtVictig(first.opportunityId);
      expect(atVictig).toMatchObject({ externalIdentifier: first.id });
      expect(notes.map(({ secret, fields }) => ({ secret, text: fields[0]?.value }))).toEqual([
        {
          secret: false,
          text:
            `Background check not ordered: VICTIG already has order ${atVictig.fileNumber} of this candidate, which was sent earlier and whose answer was lost. ` +
            'Nothing was ordered now, so that it is not paid for twice. Use that order, or ask VICTIG to cancel it; ' +
            'for another one, move the candidate out of and back into the stage then, or ask the administrator of the VICTIG connection to order it by hand.' +
            `\nReference: BGC-${id.slice(-12)}-X`,
        },
      ]);
      expect(await read(id)).toMatchObject({ status: 'rejected', statusReason: 'earlier_order_placed' });
      expect(await kinds(first.id)).toContain('placed_after_end');

      await open(first.opportunityId);
      await play.untilStatus(first.opportunityId, 'Pending');
      expect(await play.ordersAtVictig(first.opportunityId)).toHaveLength(2);
      expect((await later(first.opportunityId, id)).status).toBe('pending');
    });
  });

  it('is rejected also where the clock of who opened it is ahead of that of who found the earlier one', async () => {
    const first = await ended('discard', 'drop_after', NOBODY_LOOKS);
    const id = await waiting(first, byHand);
    await service.database.query(
      `UPDATE orders SET created_at = created_at + interval '40 seconds' WHERE id = $1`,
      [id],
    );
    await play.drive('DELETE', '/faults');
    await play.untilStatus(first.opportunityId, 'Rejected');
    expect(await play.orderAtVictig(first.opportunityId)).toMatchObject({ externalIdentifier: first.id });
  });

  it.each([
    ['does not say what became of that one', NO_LIST],
    ['refuses to say it', { ...NO_LIST, status: 403 }],
  ])('waits for a day where VICTIG %s, and then for nobody', async (_how, lookups) => {
    const first = await ended('discard', 'drop_before', lookups);
    const id = await waiting(first, byHand);
    service.clock.forward(SETTLED_MS);
    await service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
    const troubles = async (): Promise<unknown> => (await read(id))['trouble'];
    await eventually(async () =>
      expect(await troubles()).toMatchObject({ failure: expect.any(String) as string }),
    );
    expect(await play.ordersAtVictig(first.opportunityId)).toEqual([]);
    service.clock.forward(DAY_MS);
    await service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
    await play.untilStatus(first.opportunityId, 'Pending');
    expect(await play.orderAtVictig(first.opportunityId)).toMatchObject({ externalIdentifier: id });
  });
});
