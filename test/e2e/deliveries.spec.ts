import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const DELIVERIES = '/admin/v1/deliveries';

interface SeenDelivery {
  id: string;
  outcome: string;
  reason: string | null;
  orderId: string | null;
  facts: Record<string, string | null>;
}

interface SeenReplay {
  replayed: boolean;
  count: number;
  ids: string[];
  notReplayable: string[];
  effects: { id: string; effect: string }[];
}

describe('deliveries through the admin API', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ reorder: 'always' });
  });
  afterAll(() => service.stop());

  const list = async (query: Record<string, string> = {}): Promise<SeenDelivery[]> => {
    const answer = await service.admin.get(DELIVERIES).query(query).expect(200);
    return (answer.body as { items: SeenDelivery[] }).items;
  };
  const read = async (id: string): Promise<SeenDelivery> =>
    (await service.admin.get(`${DELIVERIES}/${id}`).expect(200)).body as SeenDelivery;
  const replayMany = (body: object) => service.admin.post(`${DELIVERIES}/replay`).send(body);
  const settled = (id: string, outcome: string): Promise<SeenDelivery> =>
    eventually(async () => {
      const delivery = await read(id);
      expect(delivery.outcome).toBe(outcome);
      return delivery;
    });

  /** A trigger that is ignored because the installation is paused, though the candidate is in the stage. */
  async function missedTrigger(): Promise<{ opportunityId: string; id: string }> {
    const installation = `/admin/v1/installations/${play.installation.id}`;
    await service.admin.post(`${installation}/pause`).expect(200);
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await service.admin.post(`${installation}/activate`).expect(200);
    const [delivery] = await list({ reason: 'installation_paused', limit: '1' });
    expect(delivery?.facts).toMatchObject({ opportunityId });
    return { opportunityId, id: delivery?.id ?? '' };
  }

  it('are listed by page and condition, with ids only (P2)', async () => {
    await play.knock(leverWebhook({ event: 'applicationCreated' })).expect(200);
    await play.knock(leverWebhook({ data: {} })).expect(200);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const answer = await service.admin
        .get(DELIVERIES)
        .query({ limit: '1', ...(cursor ? { cursor } : {}) })
        .expect(200);
      const page = answer.body as { items: SeenDelivery[]; nextCursor: string | null };
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBe((await play.deliveries()).length);
    expect(await list({ source: 'victig', to: '2020-01-01T00:00:00Z' })).toEqual([]);
    const [other] = await list({ reason: 'other_event' });
    const members = 'event facts id installationId orderId outcome reason receivedAt source triggeredAt';
    expect(Object.keys(await read(other?.id ?? '')).toSorted()).toEqual(members.split(' '));
    for (const wrong of [{ outcome: 'lost' }, { from: 'today' }, { limit: '201' }]) {
      await service.admin.get(DELIVERIES).query(wrong).expect(400);
    }
  });

  it('are replayed: what was missed is ordered, once, however often it is replayed (T7)', async () => {
    const { opportunityId, id } = await missedTrigger();
    await service.admin.post(`${DELIVERIES}/${id}/replay`).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderId } = await settled(id, 'acted_on');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await service.admin.post(`${DELIVERIES}/${id}/replay`).expect(200);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(opportunityId, 'Complete');
    // Even where every new entry of the stage would order again.
    await service.admin.post(`${DELIVERIES}/${id}/replay`).expect(200);
    const again = leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } });
    await play.knock(again).expect(200);
    const [latest] = await list({ source: 'lever', limit: '1' });
    expect(await settled(latest?.id ?? '', 'ignored')).toMatchObject({ reason: 'already_decided', orderId });
    await service.admin.post(`${DELIVERIES}/${latest?.id}/replay`).expect(200);
    await settled(latest?.id ?? '', 'ignored');
    await play.orderAtVictig(opportunityId);
    const audit = await service.admin
      .get('/admin/v1/audit')
      .query({ action: 'delivery.replayed' })
      .expect(200);
    expect((audit.body as { items: object[] }).items.at(-1)).toMatchObject({
      opportunityId,
      orderId: null,
      data: { deliveryId: id, outcome: 'ignored' },
    });
  });

  it('of VICTIG have the order read again (V2)', async () => {
    const [callback] = await list({ source: 'victig', limit: '1' });
    const before = await service.database.query<unknown>('SELECT count(*) FROM orders');
    await service.admin.post(`${DELIVERIES}/${callback?.id}/replay`).expect(200);
    await settled(callback?.id ?? '', 'acted_on');
    expect(await service.database.query('SELECT count(*) FROM orders')).toEqual(before);
  });

  it('of VICTIG are on record with the order and the installation that they are about (A1, A5)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id: orderId } = await play.order(opportunityId);
    const callback = await eventually(async () => {
      const [found] = await list({ source: 'victig', orderId });
      expect(found).toBeDefined();
      return found?.id ?? '';
    });
    const auditor = await adminWithRole(service, 'auditor', play.installation.id);
    const recorded = async (): Promise<object[]> => {
      const audit = await auditor.get('/admin/v1/audit').query({ action: 'delivery.replayed', orderId });
      return (audit.body as { items: object[] }).items;
    };
    const entry = {
      installationId: play.installation.id,
      opportunityId,
      orderId,
      data: { deliveryId: callback, outcome: 'acted_on' },
    };
    await service.admin.post(`${DELIVERIES}/${callback}/replay`).expect(200);
    expect(await recorded()).toMatchObject([entry]);
    await settled(callback, 'acted_on');
    // It came before its order was known, and was let go.
    await service.database.query(
      `UPDATE deliveries SET order_id = NULL, outcome = 'ignored', reason = 'unknown_order' WHERE id = $1`,
      [callback],
    );
    await service.admin.post(`${DELIVERIES}/${callback}/replay`).expect(200);
    const late = { ...entry, data: { deliveryId: callback, outcome: 'ignored' } };
    expect(await recorded()).toMatchObject([late, entry]);
  });

  it('are replayed in bulk only as the preview said, and with a cap', async () => {
    const first = await missedTrigger();
    const second = await missedTrigger();
    const wanted = { ids: [first.id, second.id] };
    const preview = (await replayMany(wanted).expect(200)).body as SeenReplay;
    expect(preview).toMatchObject({ replayed: false, count: 2, notReplayable: [] });
    expect((await read(first.id)).outcome).toBe('ignored');
    expect(preview.effects).toEqual(
      preview.ids.map((id) => ({ id, effect: 'decide', message: expect.any(String) as string })),
    );
    const because = 'TICKET-17, it was paused by mistake';
    for (const incomplete of [{}, { expected: 2 }, { because }, { expected: 2, because: 'Ana <ana@x.y>' }]) {
      await replayMany({ ...wanted, preview: false, ...incomplete }).expect(400);
    }
    const outdated = await replayMany({ ...wanted, preview: false, expected: 3, because }).expect(409);
    expect(outdated.body).toMatchObject({ code: 'preview_outdated' });
    const done = await replayMany({ ...wanted, preview: false, expected: 2, because }).expect(200);
    expect(done.body).toMatchObject({ replayed: true, count: 2 });
    for (const { opportunityId } of [first, second]) {
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
    }
    for (const id of wanted.ids) await settled(id, 'acted_on');
    // Once more: it says that the orders go on, and none is placed again.
    const again = await replayMany({ ...wanted, preview: false, expected: 2, because }).expect(200);
    expect((again.body as SeenReplay).effects.map(({ effect }) => effect)).toEqual(['go_on', 'go_on']);
    for (const { opportunityId } of [first, second]) await play.orderAtVictig(opportunityId);
    const audit = await service.admin.get('/admin/v1/audit').query({ action: 'delivery.replayed', limit: 1 });
    expect((audit.body as { items: { data: object }[] }).items[0]?.data).toMatchObject({ reason: because });
    await service.database.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at,
         outcome, reason)
       SELECT $1, gen_random_uuid(), 'lever', n::text, 'candidateStageChange', '{}', now(), now(), 'ignored', 'flood'
       FROM generate_series(1, 201) AS n`,
      [play.installation.id],
    );
    const refused = await replayMany({ reason: 'flood' }).expect(400);
    expect(refused.body).toMatchObject({ code: 'too_many' });
    await replayMany({ ids: Array.from({ length: 201 }, () => randomUUID()) }).expect(400);
    await replayMany({ ids: [] }).expect(400);
  });

  it('that mean nothing are not replayed', async () => {
    for (const reason of ['other_event', 'verification_ping']) {
      const [delivery] = await list({ reason, limit: '1' });
      const refused = await service.admin.post(`${DELIVERIES}/${delivery?.id}/replay`).expect(409);
      expect(refused.body).toMatchObject({ code: 'not_replayable' });
      const preview = (await replayMany({ ids: [delivery?.id] }).expect(200)).body as SeenReplay;
      expect(preview).toMatchObject({ count: 0, notReplayable: [delivery?.id] });
    }
    await service.admin.post(`${DELIVERIES}/${randomUUID()}/replay`).expect(404);
  });
});
