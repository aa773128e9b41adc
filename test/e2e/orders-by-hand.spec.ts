import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE, type SeenAdminOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const ORDERS = '/admin/v1/orders';

interface Refusal {
  code: string;
  detail: string;
  allowedStatuses?: string[];
}

describe('orders by hand', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    play = new Play(service);
    await play.setUp();
  });
  beforeEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const place = (opportunityId: string, installationId = play.installation.id) =>
    service.admin.post(ORDERS).send({ installationId, opportunityId });
  const placeOne = async (opportunityId: string): Promise<SeenAdminOrder> =>
    (await place(opportunityId).expect(201)).body as SeenAdminOrder;
  const act = (orderId: string, name: string, body?: object) =>
    service.admin.post(`${ORDERS}/${orderId}/${name}`).send(body);
  const read = async (orderId: string): Promise<SeenAdminOrder> =>
    (await service.admin.get(`${ORDERS}/${orderId}`).expect(200)).body as SeenAdminOrder;
  const reaches = (orderId: string, status: string): Promise<SeenAdminOrder> =>
    eventually(async () => {
      const order = await read(orderId);
      expect(order.status).toBe(status);
      return order;
    });
  const placed = async (): Promise<{ opportunityId: string; orderId: string; orderGuid: string }> => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    const order = await placeOne(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    return { opportunityId, orderId: order.id, orderGuid };
  };
  const complete = async (opportunityId: string, orderGuid: string): Promise<void> => {
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(opportunityId, 'Complete');
  };
  /** An order that VICTIG does not let be placed: every submission fails before it is carried out. */
  const inError = async (
    refusal: object = { status: 401 },
  ): Promise<{ opportunityId: string; orderId: string }> => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { path: '/orders' },
      kind: 'status',
      times: null,
      ...refusal,
    });
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    const order = await placeOne(opportunityId);
    const orderId = order.id;
    await reaches(orderId, 'error');
    return { opportunityId, orderId };
  };
  const kinds = async (orderId: string): Promise<string[]> =>
    (await play.timeline(orderId)).map(({ kind }) => kind);
  const audited = async (orderId: string, action: string): Promise<{ actor: string; data: object }[]> => {
    const answer = await service.admin.get('/admin/v1/audit').query({ orderId, action }).expect(200);
    return (answer.body as { items: { actor: string; data: object }[] }).items;
  };

  const isIgnored = (opportunityId: string, reason: string): Promise<void> =>
    eventually(async () => {
      const [latest] = await service.database.query<{ reason: string | null }[]>(
        `SELECT reason FROM deliveries WHERE source = 'lever' AND facts ->> 'opportunityId' = $1
         ORDER BY id DESC LIMIT 1`,
        [opportunityId],
      );
      expect(latest?.reason).toBe(reason);
    });

  it('are placed once, wherever the candidate is, as the settings map them, by somebody on record (T7, V4)', async () => {
    const opportunityId = await play.candidate({ tags: ['Full-time'], stageId: OTHER_STAGE });
    const answer = await place(`https://hire.lever.co/candidates/${opportunityId}`).expect(201);
    const order = answer.body as SeenAdminOrder & { placedBy: string };
    expect(answer.headers['location']).toBe(`${ORDERS}/${order.id}`);
    expect(answer.headers['etag']).toMatch(/^"\d+"$/);
    expect(order).toMatchObject({ opportunityId, status: 'received', settingsVersion: 1 });
    expect(order.placedBy).toMatch(/^admin_key:[\da-f-]{36}$/);
    await play.untilStatus(opportunityId, 'Pending');
    const atVictig = await play.orderAtVictig(opportunityId);
    expect(atVictig).toMatchObject({ productName: 'Criminal Package 1', externalIdentifier: order.id });
    expect(await audited(order.id, 'order.opened')).toEqual([
      expect.objectContaining({ actor: order.placedBy }) as object,
    ]);
    // The trigger of the same candidate changes nothing while it is open.
    await play.move(opportunityId);
    await isIgnored(opportunityId, 'order_open');
    await play.orderAtVictig(opportunityId);
  });

  it('are refused while one is open, and allowed once it is complete, for an admin decided it (T7)', async () => {
    const { opportunityId, orderId, orderGuid } = await placed();
    const refused = (await place(opportunityId).expect(409)).body as Refusal;
    expect(refused).toMatchObject({
      code: 'order_open',
      detail: expect.stringContaining('It runs at VICTIG, and goes on there') as string,
      allowedStatuses: ['complete', 'rejected', 'canceled'],
    });
    expect(refused.detail).toContain(orderId);
    await complete(opportunityId, orderGuid);
    await place(opportunityId).expect(201);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.ordersAtVictig(opportunityId)).toHaveLength(2);
  });

  it('are one, however the id of the opportunity is written: they have the id that Lever gives (T7)', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    const written = opportunityId.toUpperCase();
    const read = await fetch(`${service.sandbox.leverApiUrl}/opportunities/${opportunityId}`, {
      headers: { authorization: `Basic ${Buffer.from(`${SEED.lever.apiKey}:`).toString('base64')}` },
    });
    expect(read.status).toBe(200);
    // As a Lever that takes capitals for small letters.
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'GET', path: `/opportunities/${written}$` },
      kind: 'status',
      status: 200,
      body: await read.json(),
      times: 2,
    });
    expect(await placeOne(written)).toMatchObject({ opportunityId });
    await play.untilStatus(opportunityId, 'Pending');
    expect((await place(written).expect(409)).body).toMatchObject({ code: 'order_open' });
    await play.orderAtVictig(opportunityId);
  });

  it('that two people place at once are one (T7)', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    const answers = await Promise.all([1, 2, 3, 4].map(() => place(opportunityId)));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });

  it('are rejected by the same mapping, with the same note (S2)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    const order = await placeOne(opportunityId);
    await reaches(order.id, 'rejected');
    const seen = await play.untilStatus(opportunityId, 'Rejected');
    expect(JSON.stringify(seen.notes)).toContain('has no email address');
    const again = (await act(order.id, 'retry').expect(409)).body as Refusal;
    expect(again).toMatchObject({ code: 'wrong_status', allowedStatuses: ['received', 'error'] });
  });

  it('need an opportunity that is there and not archived, and an installation that orders (T6)', async () => {
    expect((await place(randomUUID()).expect(404)).body).toMatchObject({ code: 'opportunity_not_found' });
    expect((await place('x', randomUUID()).expect(404)).body).toMatchObject({
      code: 'installation_not_found',
    });
    const archived = await play.candidate();
    await play.drive('POST', `/lever/opportunities/${archived}/archive`, {
      reason: SEED.lever.archiveReasons.withdrew,
    });
    expect((await place(archived).expect(409)).body).toMatchObject({ code: 'opportunity_archived' });
    const installation = `/admin/v1/installations/${play.installation.id}`;
    await service.admin.post(`${installation}/pause`).expect(200);
    const opportunityId = await play.candidate();
    expect((await place(opportunityId).expect(409)).body).toMatchObject({ code: 'installation_not_active' });
    await service.admin.post(`${installation}/activate`).expect(200);
    for (const body of [
      {},
      { opportunityId },
      { installationId: play.installation.id, opportunityId: ' ' },
    ]) {
      await service.admin.post(ORDERS).send(body).expect(400);
    }
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it('are placed by operators, and not by who may only read; a bound key knows its own (A5)', async () => {
    const opportunityId = await play.candidate();
    const body = { installationId: play.installation.id, opportunityId };
    for (const role of ['viewer', 'auditor'] as const) {
      const reader = await adminWithRole(service, role);
      await reader.post(ORDERS).send(body).expect(403);
    }
    const [other] = await service.database.query<{ id: string }[]>(
      `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
       VALUES (gen_random_uuid(), 'draft', 1, now(), now()) RETURNING id`,
    );
    const stranger = await adminWithRole(service, 'operator', other?.id ?? '');
    await stranger.post(ORDERS).send(body).expect(404);
    const operator = await adminWithRole(service, 'operator', play.installation.id);
    await operator.post(ORDERS).send(body).expect(201);
    await service.database.query('DELETE FROM admin_keys WHERE installation_id = $1', [other?.id]);
    await service.database.query('DELETE FROM installations WHERE id = $1', [other?.id]);
  });

  it('are read again at VICTIG on request, in every status that VICTIG knows (V2)', async () => {
    const { orderId, orderGuid, opportunityId } = await placed();
    await play.drive('DELETE', '/victig/callbacks');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await act(orderId, 'refresh').set('if-match', '"999"').expect(412);
    // The order may move on between reading and acting; then it is read again, as the refusal says.
    await eventually(async () => {
      const { etag } = (await service.admin.get(`${ORDERS}/${orderId}`).expect(200)).headers;
      await act(orderId, 'refresh')
        .set('if-match', etag ?? '')
        .expect(200);
    });
    await play.untilStatus(opportunityId, 'Complete');
    await act(orderId, 'refresh').expect(200);
    expect(await audited(orderId, 'order.refresh_asked')).toHaveLength(2);
    expect(await kinds(orderId)).toContain('refresh_asked');
    await play.drive('POST', '/victig/callbacks', {
      url: `${service.url}/webhooks/victig`,
      authorization: 'test-callback-secret',
    });
  });

  it('in error are retried at once, and placed once (F2, V4)', async () => {
    const { opportunityId, orderId } = await inError();
    await play.drive('DELETE', '/faults');
    // Its own next try is minutes away.
    await act(orderId, 'retry').expect(200);
    await act(orderId, 'retry');
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
    expect((await audited(orderId, 'order.retry_asked')).length).toBeGreaterThan(0);
  });

  it('say when they are tried next, also where a retry that was asked for is held back (F2, F3)', async () => {
    const trouble = ({ trouble }: SeenAdminOrder) => trouble as { failure: string; nextTryAt: string | null };
    const inMs = (order: SeenAdminOrder): number => Date.parse(trouble(order).nextTryAt ?? '') - Date.now();
    const calls = async (): Promise<string[]> =>
      (await play.drive<{ operation: string }[]>('GET', '/calls')).map(({ operation }) => operation);
    const { opportunityId, orderId } = await inError({
      // What is still read of orders before it would have the calls held back.
      match: { method: 'POST', path: '/orders' },
      status: 429,
      headers: { 'retry-after': '600' },
    });
    const waiting = await eventually(async () => {
      const order = await read(orderId);
      expect(inMs(order)).toBeGreaterThan(500_000);
      return order;
    });
    expect(trouble(waiting).failure).toBe('rate_limited');
    const list = await service.admin.get(ORDERS).query({ opportunityId }).expect(200);
    expect((list.body as { items: object[] }).items).toMatchObject([{ trouble: waiting['trouble'] }]);
    const before = await calls();
    const answer = await act(orderId, 'retry').expect(200);
    expect(inMs(answer.body as SeenAdminOrder)).toBeLessThan(1_000);
    // VICTIG asked for silence, which is kept for a minute of what it asked for.
    await eventually(async () => {
      const order = await read(orderId);
      expect(inMs(order)).toBeGreaterThan(10_000);
      expect(inMs(order)).toBeLessThan(120_000);
    });
    expect((await calls()).slice(before.length).filter((call) => call.includes('/orders'))).toEqual([]);
    await play.drive('DELETE', '/faults');
    await service.database.query('DELETE FROM rate_buckets');
    await act(orderId, 'retry').expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
    await eventually(async () => expect(await read(orderId)).toMatchObject({ trouble: null }));
  });

  it('say when Lever is tried next (F2)', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { path: `/${opportunityId}/addTags` },
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '600' },
      times: null,
    });
    const { id } = await placeOne(opportunityId);
    await eventually(async () => {
      const { leverTrouble, trouble } = await read(id);
      const { nextTryAt } = leverTrouble as { nextTryAt: string };
      expect(Date.parse(nextTryAt) - Date.now()).toBeGreaterThan(500_000);
      expect(trouble).toBeNull();
    });
    await play.drive('DELETE', '/faults');
    await service.database.query('DELETE FROM rate_buckets');
    await act(id, 'retry').expect(200);
    await play.untilStatus(opportunityId, 'Pending');
    await eventually(async () => expect(await read(id)).toMatchObject({ leverTrouble: null }));
  });

  it('in error are discarded, so that the candidate may be ordered for again (T7)', async () => {
    const { opportunityId, orderId } = await inError();
    await play.untilStatus(opportunityId, 'Error');
    expect((await place(opportunityId).expect(409)).body).toMatchObject({ code: 'order_open' });
    const answer = await act(orderId, 'discard', { reason: 'TICKET-17' }).expect(200);
    expect(answer.body).toMatchObject({ status: 'canceled', statusReason: 'discarded' });
    expect(await audited(orderId, 'order.discarded')).toEqual([
      expect.objectContaining({ data: { atVictig: 'no', reason: 'TICKET-17' } }) as object,
    ]);
    const again = (await act(orderId, 'discard').expect(409)).body as Refusal;
    expect(again).toMatchObject({ code: 'wrong_status', allowedStatuses: ['error'] });
    expect(again.detail).toContain('canceled');
    await play.drive('DELETE', '/faults');
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
    await reaches(orderId, 'canceled');
  });

  it('that are canceled stay so: later results are told in the timeline and nowhere else (S4)', async () => {
    const { opportunityId, orderId, orderGuid } = await placed();
    const answer = await act(orderId, 'cancel', { reason: 'ordered twice' }).expect(200);
    const { status, statusReason, atVictig } = answer.body as SeenAdminOrder & { atVictig: string };
    expect([status, statusReason]).toEqual(['canceled', 'canceled_by_admin']);
    expect(atVictig).toMatch(/no call that cancels/);
    await play.untilStatus(opportunityId, 'Canceled');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () => {
      const told = (await play.timeline(orderId)).find(({ data }) => 'results' in data);
      expect(told?.data).toMatchObject({ rawStatus: 'complete' });
    });
    const seen = await play.untilStatus(opportunityId, 'Canceled');
    expect(seen.notes).toEqual([]);
    expect(await read(orderId)).toMatchObject({ status: 'canceled', flagged: null, decision: null });
    const again = (await act(orderId, 'cancel').expect(409)).body as Refusal;
    expect(again.allowedStatuses).toEqual(['received', 'pending', 'in_progress', 'error']);
  });

  it('that are canceled while their submission has no answer are looked for, and told of (V4, S4)', async () => {
    // VICTIG takes the order, its answer is lost, and nobody can look for it.
    for (const fault of [
      { match: { method: 'POST', path: '/orders' }, kind: 'drop_after', times: 1 },
      { match: { method: 'GET', path: '/orders' }, kind: 'status', status: 503, times: null },
    ]) {
      await play.drive('POST', '/faults', { vendor: 'victig', ...fault });
    }
    const opportunityId = await play.candidate();
    const order = await placeOne(opportunityId);
    const orderId = order.id;
    await reaches(orderId, 'error');
    const canceled = await act(orderId, 'cancel').expect(200);
    expect((canceled.body as { atVictig: string }).atVictig).toMatch(/not known yet/);
    await play.drive('DELETE', '/faults');
    service.clock.forward(61_000);
    await eventually(async () => {
      const seen = await read(orderId);
      expect(seen['victig']).toMatchObject({ orderGuid: expect.any(String) as string });
      expect(seen.status).toBe('canceled');
    });
    expect(await kinds(orderId)).toContain('placed_after_end');
    await play.orderAtVictig(opportunityId);
    await play.untilStatus(opportunityId, 'Canceled');
  });

  it.each(['refresh', 'retry', 'discard'])(
    'refuse to %s what has no use for it, and say when it has',
    async (name) => {
      const opportunityId = await play.candidate({ emails: [] });
      const order = await placeOne(opportunityId);
      const { id } = await reaches(order.id, 'rejected');
      const refused = (await act(id, name).expect(409)).body as Refusal;
      expect(refused.allowedStatuses?.length).toBeGreaterThan(0);
      for (const status of refused.allowedStatuses ?? []) expect(refused.detail).toContain(status);
      await service.admin.post(`${ORDERS}/${randomUUID()}/${name}`).expect(404);
      const unknown = await act(id, name, { force: true }).expect(400);
      expect(JSON.stringify(unknown.body)).toContain('force');
    },
  );

  it('leave a webhook that comes for a later entry of the stage its own decision (T7)', async () => {
    const { opportunityId } = await placed();
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await isIgnored(opportunityId, 'order_open');
    await play.orderAtVictig(opportunityId);
  });

  it.each(['certifiedBy', 'certifiedAt', 'statement'])(
    'are not placed without a certification, nor are those of triggers, until one is recorded: %s is blank (V5)',
    async (field) => {
      const installation = `/admin/v1/installations/${play.installation.id}`;
      const read = (await service.admin.get(installation).expect(200)).body as object;
      const { settingsVersion, certification } = read as {
        settingsVersion: number;
        certification: Record<string, string>;
      };
      const change = (version: number, body: object) =>
        service.admin.patch(installation).set('if-match', `"${version}"`).send(body);
      const blank = await change(settingsVersion, {
        certification: { ...certification, [field]: ' ' },
      }).expect(400);
      expect(blank.body).toMatchObject({ errors: [{ path: `certification.${field}` }] });

      // What an earlier release let pass is still there, and active. The new token has it heard of at once.
      await service.database.query(
        `WITH earlier AS (
           INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
           SELECT installation_id, version + 1, jsonb_set(configuration, ARRAY['certification', $3], '" "'),
             changed_by, created_at
           FROM installation_versions WHERE installation_id = $1 AND version = $2
           RETURNING version
         )
         UPDATE installations SET settings_version = version FROM earlier WHERE id = $1`,
        [play.installation.id, settingsVersion, field],
      );
      const added = await service.admin
        .post(`${installation}/signature-tokens`)
        .send({ token: `another-token-${field}` })
        .expect(201);
      const opportunityId = await play.candidate();
      expect((await place(opportunityId).expect(409)).body).toMatchObject({ code: 'not_certified' });
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Error');
      expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
      const order = await play.order(opportunityId);
      expect(order).toMatchObject({ status: 'error', statusReason: 'unauthorized' });
      expect((await play.timeline(order.id)).find(({ kind }) => kind === 'trouble')).toMatchObject({
        data: { message: 'no certification of permissible purpose is recorded' },
      });
      const { findings } = (await service.admin.post(`${installation}/check`).expect(200)).body as {
        findings: { code: string }[];
      };
      expect(findings.map(({ code }) => code)).toContain('certification_missing');
      const refused = (await change(settingsVersion + 1, { name: 'Acme Inc.' }).expect(409)).body as object;
      expect(refused).toMatchObject({ code: 'not_ready', errors: [{ path: 'certification' }] });
      const { id: tokenId } = added.body as { id: string };
      await service.admin.delete(`${installation}/signature-tokens/${tokenId}`).expect(204);

      await change(settingsVersion + 1, { certification }).expect(200);
      await act(order.id, 'retry').expect(200);
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
    },
  );
});
