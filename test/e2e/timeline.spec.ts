import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import {
  leverWebhook,
  OTHER_STAGE,
  Play,
  TRIGGER_STAGE,
  type SeenAdminOrder,
  type SeenEntry,
} from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface Entry extends SeenEntry {
  at: string;
  text: string;
  actor: string | null;
  links: Record<string, string>;
}

interface Story {
  order: SeenAdminOrder;
  links: Record<string, string>;
  entries: Entry[];
}

describe('the story of an order', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ productPrefix: 'Product:' });
  });
  afterAll(() => service.stop());

  const story = async (orderId: string): Promise<Story> =>
    (await service.admin.get(`/admin/v1/orders/${orderId}/timeline`).expect(200)).body as Story;

  it('is told from the first delivery to the last tag, in order and in sentences, with links', async () => {
    const opportunityId = await play.candidate({ tags: ['Product: Criminal Package 2'] });
    const knock = (toStageId: string) =>
      play.knock(leverWebhook({ data: { opportunityId, toStageId } })).expect(200);
    // Something that orders nothing comes first, and one call fails on the way.
    await knock(OTHER_STAGE);
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { path: '/applicants' },
      kind: 'status',
      status: 503,
      times: 1,
    });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    // Lever shows the tags a moment before the order's history says so.
    await eventually(async () => {
      const { entries } = await story(id);
      expect(entries.some(({ text }) => /^Put on the opportunity: .*Complete/.test(text))).toBe(true);
    });
    await service.admin.post(`/admin/v1/orders/${id}/refresh`).expect(200);

    const { links, entries } = await eventually(async () => {
      const told = await story(id);
      expect(told.entries.at(-1)?.kind).toBe('call');
      expect(told.entries.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['refresh_asked', 'results_taken', 'note_posted', 'tags_set']),
      );
      return told;
    });
    expect(links).toEqual({
      order: `/admin/v1/orders/${id}`,
      installation: `/admin/v1/installations/${play.installation.id}`,
      settings: `/admin/v1/installations/${play.installation.id}/versions/1`,
    });
    for (const href of Object.values(links)) await service.admin.get(href).expect(200);
    const times = entries.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const entry of entries) {
      expect(entry.text, entry.kind).toMatch(/^[A-Z].*[.]$/s);
      expect(entry.text, entry.kind).not.toMatch(/undefined|null|\[object/);
      expect(entry.actor, entry.kind).toMatch(/^(lever|victig|admin|(delivery|job|admin_key):.+)$/);
      for (const href of Object.values(entry.links)) await service.admin.get(href).expect(200);
    }

    const texts = entries.map(({ text }) => text);
    const inOrder = [
      /stage change \(candidateStageChange\); nothing was done: .*stage that orders nothing/,
      /stage change \(candidateStageChange\); it was acted on/,
      /^The order was opened/,
      /^Product Criminal Package 2 is to be ordered .*tag/,
      /^The submission to VICTIG begins/,
      /^VICTIG has the order under file number \d+/,
      /^The check is complete/,
      /^A secret note was posted/,
      /^Put on the opportunity: .*Complete/,
      /^A person had the order read again/,
    ];
    const places = inOrder.map((pattern) => texts.findIndex((text) => pattern.test(text)));
    expect(places, texts.join('\n')).toEqual(places.toSorted((a, b) => a - b));
    expect(
      places.every((place) => place >= 0),
      texts.join('\n'),
    ).toBe(true);

    const mapped = entries.find(({ kind }) => kind === 'mapped');
    expect(mapped?.data['sources']).toEqual(
      expect.arrayContaining([
        { field: 'product', source: 'tag', reason: expect.any(String) as string },
        { field: 'email', source: 'opportunity.emails' },
      ]),
    );
    expect(JSON.stringify(entries)).not.toMatch(/Ruiz|example\.com|226-0134/);
  });

  it('has every call to a vendor: what, how it went, how long, which try, and when it is tried again', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { path: '/applicants' },
      kind: 'status',
      status: 503,
      times: 2,
    });
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const calls = await eventually(async () => {
      const found = (await story(id)).entries.filter(({ kind }) => kind === 'call');
      expect(found.map(({ data }) => data['operation'])).toEqual(
        expect.arrayContaining(['POST /clients/:client/orders', 'POST /opportunities/:id/addTags']),
      );
      return found;
    });
    const creations = calls
      .map(({ data }) => data)
      .filter(({ operation }) => operation === 'POST /clients/:client/applicants');
    expect(creations).toMatchObject([
      { vendor: 'VICTIG', outcome: 'unavailable', status: 503, attempt: 1 },
      { outcome: 'unavailable', attempt: 2 },
      { outcome: 'answered', attempt: 3, nextTryAt: null },
    ]);
    for (const { durationMs } of creations) expect(durationMs).toBeGreaterThanOrEqual(0);
    const tries = calls.filter(({ data }) => data['outcome'] === 'unavailable');
    for (const { at, data, text } of tries) {
      expect(Date.parse(String(data['nextTryAt']))).toBeGreaterThan(Date.parse(at));
      expect(text).toMatch(
        /^VICTIG was asked POST .* failed \(HTTP 503\) after \d+ ms\. It is tried again at /,
      );
    }
    // The reading of the opportunity came before there was an order to tell it of.
    expect(calls[0]?.data).toMatchObject({ vendor: 'Lever', operation: 'GET /opportunities/:id' });
  });

  it('links a bound key to what it may look at, and not to callbacks of the whole service (A5)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    const isCallback = ({ kind, actor }: Entry) => kind === 'delivery' && actor === 'victig';
    const callback = await eventually(async () => {
      const found = (await story(id)).entries.find(isCallback);
      expect(found?.links['delivery']).toBeDefined();
      return found?.links['delivery'] ?? '';
    });
    await service.admin.post(`${callback}/replay`).expect(200);
    const bound = await adminWithRole(service, 'viewer', play.installation.id);
    await bound.get(callback).expect(404);
    const told = (await bound.get(`/admin/v1/orders/${id}/timeline`).expect(200)).body as Story;
    expect(told.entries.filter(isCallback)).not.toEqual([]);
    const links = told.entries.flatMap((entry) => entry.links['delivery'] ?? []);
    expect(links).not.toEqual([]);
    for (const href of links) await bound.get(href).expect(200);
  });

  it('links a bound key to keys of its installation, and to no others that acted (A5)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const path = `/admin/v1/orders/${id}`;
    const bound = await adminWithRole(service, 'admin', play.installation.id);
    await service.admin.post(`${path}/hold`).send({ reason: 'CASE-1' }).expect(200);
    await bound.delete(`${path}/hold`).expect(204);
    const actsFor = async (agent: typeof bound): Promise<Entry[]> => {
      const { entries } = (await agent.get(`${path}/timeline`).expect(200)).body as Story;
      return entries.filter(({ kind }) => kind === 'hold_set' || kind === 'hold_lifted');
    };
    for (const { links } of await actsFor(service.admin)) {
      await service.admin.get(links['key'] ?? '').expect(200);
    }
    const [byOther, byItself] = await actsFor(bound);
    // Who it was stays told, as in the trail.
    expect(byOther?.actor).toMatch(/^admin_key:/);
    expect(byOther?.links).toEqual({});
    await bound.get(byItself?.links['key'] ?? '').expect(200);
  });

  it('keeps calls as they were: nobody may change or remove one', async () => {
    for (const change of [
      `UPDATE vendor_calls SET outcome = 'answered'`,
      'DELETE FROM vendor_calls',
      'TRUNCATE vendor_calls',
    ]) {
      await expect(service.database.query(change), change).rejects.toThrow(/may not be changed/);
    }
  });

  it('says who replayed a delivery, and who ended the order', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const { entries } = await story(id);
    const delivery = entries.find(({ kind }) => kind === 'delivery');
    await service.admin.post(`${delivery?.links['delivery']}/replay`).expect(200);
    await service.admin.post(`/admin/v1/orders/${id}/cancel`).send({ reason: 'TICKET-9' }).expect(200);
    const acts = (await story(id)).entries.filter(({ actor }) => actor?.startsWith('admin_key:'));
    expect(acts.map(({ kind }) => kind)).toEqual(['delivery_replayed', 'canceled_by_hand']);
    expect(acts[1]?.text).toMatch(/canceled by hand \(TICKET-9\).*ask VICTIG to cancel it/);
    expect(acts[1]?.links['key']).toMatch(/^\/admin\/v1\/keys\//);
  });

  it('says until when an order is held, and not that it was tried where a person asked for that meanwhile (T8)', async () => {
    await play.change({ settings: { holdSeconds: 600 } });
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    const { id } = await eventually(() => play.order(opportunityId));
    await eventually(async () => expect((await story(id)).entries.at(-1)?.kind).toBe('held'));
    const [{ id: deliveryId }] = (
      (await service.admin.get('/admin/v1/deliveries').query({ outcome: 'acted_on', limit: 1 })).body as {
        items: [{ id: string }];
      }
    ).items;
    const replay = await service.admin.post('/admin/v1/deliveries/replay').send({ ids: [deliveryId] });
    expect(replay.body).toMatchObject({
      replayed: false,
      effects: [
        {
          effect: 'go_on',
          message: 'The order that it led to is held, and goes on when the hold ends; no other is placed.',
        },
      ],
    });

    const asked = await service.admin.post(`/admin/v1/orders/${id}/retry`).expect(200);
    expect(asked.body).toMatchObject({ status: 'received', trouble: null });
    const { order, entries } = await story(id);
    expect(order.status).toBe('received');
    expect(entries.slice(-2).map(({ kind, text }) => ({ kind, text }))).toEqual([
      {
        kind: 'held',
        text: expect.stringMatching(/^Ordering waits until 20\S+Z, as the settings say\.$/) as string,
      },
      { kind: 'retry_asked', text: 'A person asked for a try at once.' },
    ]);
    await service.admin.post(`/admin/v1/orders/${id}/cancel`).expect(200);
    await play.change({ settings: { holdSeconds: 0 } });
  });
});
