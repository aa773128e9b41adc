import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

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

  it('of VICTIG are foretold as they end where their order is not known, or was erased (V2, A3)', async () => {
    const about = { resourceGuid: 'nobodys', resourcePath: '/v1/clients/c/orders/nobodys' };
    await service.anyone
      .post('/webhooks/victig')
      .set('authorization', CALLBACK_SECRET)
      .send({ event: 'order.created', ...about, timestamp: Date.now() })
      .expect(200);
    const foretold = async (condition: object): Promise<string[]> => {
      const preview = (await replayMany(condition).expect(200)).body as SeenReplay;
      return preview.effects.map(({ effect }) => effect);
    };
    const { id } = await eventually(async () => {
      const [unknown] = await list({ source: 'victig', reason: 'order_not_known_yet' });
      if (!unknown) throw new Error('it is not taken yet');
      return unknown;
    });
    expect(await foretold({ ids: [id] })).toEqual(['wait']);
    await service.admin.post(`${DELIVERIES}/${id}/replay`).expect(200);
    await eventually(async () => {
      expect(await read(id)).toMatchObject({ outcome: 'queued', reason: 'order_not_known_yet' });
    });
    await service.database.query(
      `UPDATE deliveries SET received_at = received_at - interval '25 hours' WHERE id = $1`,
      [id],
    );
    expect(await foretold({ ids: [id] })).toEqual(['ignore']);
    await service.admin.post(`${DELIVERIES}/${id}/replay`).expect(200);
    expect(await settled(id, 'ignored')).toMatchObject({ reason: 'unknown_order' });

    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id: orderId } = await play.order(opportunityId);
    await eventually(async () => {
      expect(await list({ source: 'victig', outcome: 'acted_on', orderId })).not.toEqual([]);
    });
    const ofOrder = { source: 'victig', orderId };
    expect(new Set(await foretold(ofOrder))).toEqual(new Set(['read_order']));
    await service.admin.post(`/admin/v1/orders/${orderId}/cancel`).send({}).expect(200);
    await service.admin.post(`/admin/v1/orders/${orderId}/erase`).send({}).expect(200);
    expect(new Set(await foretold(ofOrder))).toEqual(new Set(['nothing']));
  });

  it('are replayed all or none: a bulk that failed is sent again with its key (P3)', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const data = { opportunityId: await play.candidate({ stageId: OTHER_STAGE }), toStageId: OTHER_STAGE };
      await play.knock(leverWebhook({ data })).expect(200);
      const [newest] = await list({ source: 'lever', limit: '1' });
      ids.push((await settled(newest?.id ?? '', 'ignored')).id);
    }
    // The last of them, for they are replayed in the order in which they came.
    await service.database.query(
      `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$`,
    );
    await service.database.query(
      `CREATE TRIGGER no_room BEFORE UPDATE ON deliveries FOR EACH ROW WHEN (NEW.id = '${ids[2]}') EXECUTE FUNCTION no_room()`,
    );
    const key = randomUUID();
    const act = { ids, preview: false, expected: 3, because: 'TICKET-21' };
    const replayAll = () => replayMany(act).set('idempotency-key', key);
    const replayed = async (): Promise<string[]> => {
      const rows = await service.database.query<{ id: string }[]>(
        `SELECT data ->> 'deliveryId' AS id FROM audit_entries
         WHERE action = 'delivery.replayed' AND data ->> 'reason' = $1 ORDER BY seq`,
        [act.because],
      );
      return rows.map(({ id }) => id);
    };
    try {
      expect((await replayAll().expect(503)).body).toMatchObject({ code: 'database_unavailable' });
    } finally {
      await service.database.query('DROP TRIGGER no_room ON deliveries');
      await service.database.query('DROP FUNCTION no_room');
    }
    expect(await replayed()).toEqual([]);
    expect((await replayAll().expect(200)).body).toMatchObject({ replayed: true, count: 3 });
    expect(await replayed()).toEqual(ids);
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

  it('of an installation that orders nothing now are foretold to stay as they are, and do (T5, I6)', async () => {
    const { id } = await missedTrigger();
    const installation = `/admin/v1/installations/${play.installation.id}`;
    await service.admin.post(`${installation}/pause`).expect(200);
    const foretold = [{ id, effect: 'ignore', message: expect.stringContaining('is paused') as string }];
    const preview = await replayMany({ ids: [id] }).expect(200);
    expect((preview.body as SeenReplay).effects).toEqual(foretold);
    const outdated = await replayMany({ ids: [id], preview: false, expected: 7, because: 'x' }).expect(409);
    expect((outdated.body as { detail: string }).detail).toMatch(/^It would be 1 delivery by now, not 7/);
    const act = { ids: [id], preview: false, expected: 1, because: 'TICKET-18' };
    expect(((await replayMany(act).expect(200)).body as SeenReplay).effects).toEqual(foretold);
    expect(await settled(id, 'ignored')).toMatchObject({ reason: 'installation_paused', orderId: null });

    await service.database.query(`UPDATE installations SET state = 'disconnected' WHERE id = $1`, [
      play.installation.id,
    ]);
    const waits = [{ id, effect: 'wait', message: expect.stringContaining('is disconnected') as string }];
    expect(((await replayMany(act).expect(200)).body as SeenReplay).effects).toEqual(waits);
    await eventually(async () => {
      expect(await read(id)).toMatchObject({ outcome: 'queued', reason: 'installation_disconnected' });
    });
    expect(((await replayMany({ ids: [id] }).expect(200)).body as SeenReplay).effects).toEqual(waits);
    await service.admin.post(`${installation}/activate`).send({ waiting: 'discard' }).expect(200);
    await settled(id, 'ignored');
  });

  it('that say that a candidate left are foretold to be ignored where no check runs, and are (I6, T7)', async () => {
    const checked = await play.candidate();
    await play.move(checked);
    await play.untilStatus(checked, 'Pending');
    const departure = async (opportunityId: string, outcome: string): Promise<string> => {
      const data = { opportunityId, fromStageId: TRIGGER_STAGE, toStageId: OTHER_STAGE };
      await play.knock(leverWebhook({ data })).expect(200);
      const [delivery] = await service.database.query<{ id: string }[]>(
        `SELECT id FROM deliveries WHERE facts @> '{"says": "departure"}' AND facts ->> 'opportunityId' = $1`,
        [opportunityId],
      );
      return (await settled(delivery?.id ?? '', outcome)).id;
    };
    const setState = (state: string): Promise<unknown> =>
      service.database.query('UPDATE installations SET state = $2 WHERE id = $1', [
        play.installation.id,
        state,
      ]);
    const unchecked = await departure(await play.candidate(), 'ignored');
    await setState('disconnected');
    const running = await departure(checked, 'queued');
    const foretold = async (): Promise<Record<string, string>> => {
      const { body } = (await replayMany({ ids: [unchecked, running] }).expect(200)) as { body: SeenReplay };
      return Object.fromEntries(body.effects.map(({ id, effect }) => [id, effect]));
    };
    const act = { ids: [unchecked, running], preview: false, expected: 2, because: 'TICKET-20' };
    for (const state of ['disconnected', 'paused']) {
      await setState(state);
      expect(await foretold(), state).toEqual({ [unchecked]: 'ignore', [running]: 'wait' });
      await replayMany(act).expect(200);
      expect(await settled(unchecked, 'ignored')).toMatchObject({ reason: 'no_check_running' });
      await eventually(async () => {
        expect(await read(running)).toMatchObject({ outcome: 'queued', reason: 'installation_disconnected' });
      });
    }
    await setState('active');
    expect(await foretold()).toEqual({ [unchecked]: 'ignore', [running]: 'decide' });
    await replayMany(act).expect(200);
    expect(await settled(unchecked, 'ignored')).toMatchObject({ reason: 'no_check_running' });
    await settled(running, 'ignored');
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

describe('deliveries of orders that are in error and not placed', () => {
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  it('are foretold to wait with their orders while the installation is paused, and do (S3, T5)', async () => {
    const match = { method: 'POST', path: '/applicants$' };
    const fault = { vendor: 'victig', match, kind: 'status', status: 503, times: null };
    await play.drive('POST', '/faults', fault);
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Error');
    const order = await play.order(opportunityId);
    expect(order).toMatchObject({ status: 'error', victig: { orderGuid: null } });
    const installation = `/admin/v1/installations/${play.installation.id}`;
    await service.admin.post(`${installation}/pause`).expect(200);
    await play.drive('DELETE', '/faults');

    const found = await service.admin.get(DELIVERIES).query({ source: 'lever', orderId: order.id });
    const [delivery] = (found.body as { items: SeenDelivery[] }).items;
    const act = { ids: [delivery?.id], preview: false, expected: 1, because: 'TICKET-19' };
    const replayed = await service.admin.post(`${DELIVERIES}/replay`).send(act).expect(200);
    const message = expect.stringContaining('the installation is paused') as string;
    expect((replayed.body as SeenReplay).effects).toEqual([
      { id: delivery?.id, effect: 'order_waits', message },
    ]);
    await eventually(async () => {
      const { nextTryAt } = (await play.order(opportunityId))['trouble'] as { nextTryAt: string | null };
      expect(Date.parse(nextTryAt ?? '')).toBeGreaterThan(service.clock.now().getTime());
    });
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    await service.admin.post(`${installation}/activate`).expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });
});
