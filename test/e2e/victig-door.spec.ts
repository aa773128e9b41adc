import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type supertest from 'supertest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

const OWN_SECRET = 'secret-of-this-installation';

const callback = (changes: object = {}): object => ({
  version: 1,
  event: 'order.completed',
  resourceGuid: randomUUID(),
  resourcePath: `/clients/${randomUUID()}/orders/${randomUUID()}`,
  timestamp: Date.now(),
  externalIdentifier: null,
  ...changes,
});

describe("the door for VICTIG's callbacks", () => {
  let service: TestService;
  let withOwn: Play;
  let without: Play;

  beforeAll(async () => {
    service = await startTestService();
    withOwn = new Play(service);
    await withOwn.setUp({}, { victig: { clientGuid: SEED.victig.clients.main, webhookSecret: OWN_SECRET } });
    // Both are joined to the same pretended Lever account; only one of them is to order.
    await withOwn.drive('DELETE', '/lever/webhooks');
    await withOwn.drive('DELETE', '/victig/callbacks');
    without = new Play(service);
    await without.setUp();
  });
  afterAll(() => service.stop());

  const send = (path: string, authorization: string | null, body: object = callback()): supertest.Test => {
    const call = service.anyone.post(`/webhooks/victig${path}`).send(body);
    return authorization === null ? call : call.set('authorization', authorization);
  };

  it("takes the service's secret on the service's route, as the whole header (V1)", async () => {
    await send('', CALLBACK_SECRET).expect(200);
    for (const wrong of [null, '', 'wrong', `Bearer ${CALLBACK_SECRET}`, `${CALLBACK_SECRET}x`, OWN_SECRET]) {
      const answer = await send('', wrong).expect(401);
      expect(answer.body).toMatchObject({ code: 'secret_refused' });
    }
  });

  it("takes the installation's own secret on its route, and the service's only where it has none (V1)", async () => {
    await send(`/${withOwn.installation.id}`, OWN_SECRET).expect(200);
    await send(`/${withOwn.installation.id}`, CALLBACK_SECRET).expect(401);
    await send(`/${without.installation.id}`, CALLBACK_SECRET).expect(200);
    await send(`/${without.installation.id}`, OWN_SECRET).expect(401);
    await send(`/${randomUUID()}`, CALLBACK_SECRET).expect(401);
    await send('/no-uuid', CALLBACK_SECRET).expect(401);
  });

  it.each(['secret,of-this-installation', 'a-secret-that-ends,', 'old-secret, short'])(
    'takes no secret of which a short piece would be let in: %j (V1)',
    async (webhookSecret) => {
      const path = `/admin/v1/installations/${withOwn.installation.id}`;
      const { headers } = await service.admin.get(path).expect(200);
      const change = service.admin.patch(path).set('if-match', headers['etag'] ?? '');
      const answer = await change.send({ victig: { webhookSecret } }).expect(400);
      expect(JSON.stringify(answer.body)).toContain(
        'must be a secret without a comma, or two with one between them, of at least 8 characters each',
      );
      await send(`/${withOwn.installation.id}`, OWN_SECRET).expect(200);
    },
  );

  it.each(['secret\u200b-of-this-one', 'geheimnis-f\u00fcr-acme', 'secret\n-of-this-one'])(
    'takes no secret that no header carries as it is: %j (V1)',
    async (webhookSecret) => {
      const path = `/admin/v1/installations/${withOwn.installation.id}`;
      const { headers } = await service.admin.get(path).expect(200);
      const change = service.admin.patch(path).set('if-match', headers['etag'] ?? '');
      const answer = await change.send({ victig: { webhookSecret } }).expect(400);
      expect(answer.body).toMatchObject({ errors: [{ path: 'victig.webhookSecret' }] });
      expect(JSON.stringify(answer.body)).toContain('ASCII characters only');
      await send(`/${withOwn.installation.id}`, OWN_SECRET).expect(200);
    },
  );

  it('answers a callback without an event 400, and one about no order 200', async () => {
    await send('', CALLBACK_SECRET, { hello: 'there' }).expect(400);
    await send('', CALLBACK_SECRET, callback({ event: 'client.updated', resourcePath: '/clients/c' })).expect(
      200,
    );
    expect(await without.deliveries()).toContainEqual({
      source: 'victig',
      event: 'client.updated',
      outcome: 'ignored',
      reason: 'not_about_an_order',
    });
  });

  it('refuses a callback that says anything twice with 400 and keeps nothing (V2, F6)', async () => {
    // What came earlier is looked at first: it would change meanwhile.
    const before = await eventually(async () => {
      const deliveries = await without.deliveries();
      expect(deliveries).not.toContainEqual(expect.objectContaining({ outcome: 'queued', reason: null }));
      return deliveries;
    });
    const text = JSON.stringify(callback());
    const answer = await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .set('content-type', 'application/json')
      .send(`${text.slice(0, -1)},"resourceGuid":"${randomUUID()}"}`)
      .expect(400);
    expect(answer.body).toMatchObject({ code: 'malformed_request', errors: [{ path: 'resourceGuid' }] });
    expect(await without.deliveries()).toEqual(before);
  });

  it.each([
    ['path', (order: string) => ({ resourcePath: `/clients/${randomUUID()}/orders/${order}` })],
    ['identifier', (order: string) => ({ resourcePath: null, externalIdentifier: order })],
  ])(
    'takes callbacks about two orders for two, also where only the %s tells them apart, and each once (V2)',
    async (_what, naming) => {
      const event = `order.seen.${randomUUID()}`;
      const timestamp = Date.now();
      const [one, other] = [randomUUID(), randomUUID()];
      for (const order of [one, other, one]) {
        const said = { event, timestamp, resourceGuid: undefined, ...naming(order) };
        await send('', CALLBACK_SECRET, callback(said)).expect(200);
      }
      expect((await without.deliveries()).filter((delivery) => delivery.event === event)).toHaveLength(2);
    },
  );

  it('takes a callback for a hint and reads the order again: a false one changes nothing (V2)', async () => {
    const opportunityId = await without.candidate();
    await without.move(opportunityId);
    await without.untilStatus(opportunityId, 'Pending');
    const order = await without.orderAtVictig(opportunityId);
    const about = {
      resourceGuid: order.orderGuid,
      resourcePath: `/clients/${order.clientGuid}/orders/${order.orderGuid}`,
    };
    // It says completed, but the order is not.
    await send('', CALLBACK_SECRET, callback(about)).expect(200);
    await eventually(async () => {
      const acted = (await without.deliveries()).filter(
        ({ event, outcome }) => event === 'order.completed' && outcome === 'acted_on',
      );
      expect(acted).toHaveLength(1);
    });
    await without.untilStatus(opportunityId, 'Pending');

    // VICTIG goes on without a word; any callback, in seconds and about a search, is a hint to look.
    await without.drive('PATCH', '/victig/behaviour', {
      silentEvents: ['order.quickapp.completed', 'order.completed', 'order.search.completed'],
    });
    await without.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await send(
      '',
      CALLBACK_SECRET,
      callback({
        event: 'order.search.completed',
        resourceGuid: randomUUID(),
        resourcePath: `${about.resourcePath}/searches/${randomUUID()}`,
        timestamp: Math.floor(Date.now() / 1_000),
      }),
    ).expect(200);
    await without.untilStatus(opportunityId, 'In Progress');
  });

  it('takes the resource of an event of an order for the order where no path tells (V2)', async () => {
    const opportunityId = await without.candidate();
    await without.move(opportunityId);
    await without.untilStatus(opportunityId, 'Pending');
    await without.untilAllRead();
    const order = await without.orderAtVictig(opportunityId);
    await without.drive('PATCH', '/victig/behaviour', { silentEvents: ['order.quickapp.completed'] });
    await without.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    const event = `order.search.${randomUUID()}`;
    const search = { event, resourceGuid: order.orderGuid, resourcePath: null };
    await send('', CALLBACK_SECRET, callback(search)).expect(200);
    await send('', CALLBACK_SECRET, {
      event: 'order.quickapp.completed',
      resourceGuid: order.orderGuid,
    }).expect(200);
    await without.untilStatus(opportunityId, 'In Progress');
    const told = (await without.deliveries()).find((delivery) => delivery.event === event);
    expect(told).toMatchObject({ outcome: 'ignored', reason: 'not_about_an_order' });
  });

  it("keeps one installation's callbacks from another's orders (V1)", async () => {
    const opportunityId = await without.candidate();
    await without.move(opportunityId);
    await without.untilStatus(opportunityId, 'Pending');
    const order = await without.orderAtVictig(opportunityId);
    await without.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await send(
      `/${withOwn.installation.id}`,
      OWN_SECRET,
      callback({
        event: 'order.quickapp.completed',
        resourcePath: `/clients/${order.clientGuid}/orders/${order.orderGuid}`,
      }),
    ).expect(200);
    const rows = await service.database.query<{ order_id: string | null }[]>(
      `SELECT order_id FROM deliveries WHERE installation_id = $1 AND event = 'order.quickapp.completed'`,
      [withOwn.installation.id],
    );
    expect(rows).toEqual([{ order_id: null }]);
  });
});

describe("the door for VICTIG's callbacks without a secret", () => {
  it('is shut (V1)', async () => {
    const service = await startTestService({ VICTIG_WEBHOOK_SECRET: '' });
    for (const authorization of ['', 'anything', 'undefined']) {
      await service.anyone
        .post('/webhooks/victig')
        .set('authorization', authorization)
        .send(callback())
        .expect(401);
    }
    await service.stop();
  });
});
