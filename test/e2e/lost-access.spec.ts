import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { comeBack, decideAtLever } from '../support/consent.js';
import { eventually } from '../support/eventually.js';
import { createInstallation } from '../support/new-installation.js';
import { leverWebhook, OTHER_STAGE, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { InstallationDirectory } from '../../src/installations/installation-directory.js';
import type { Installation } from '../../src/installations/installation.js';
import { attachReport, placeOrder } from '../../src/orders/jobs.js';
import { NotActive } from '../../src/orders/placing/not-active.js';
import { ReleaseWaiting } from '../../src/orders/placing/release-waiting.js';
import { TakeTrigger } from '../../src/orders/placing/take-trigger.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { JobQueue } from '../../src/platform/jobs/job-queue.js';
import type { Delivery } from '../../src/platform/webhooks/delivery.entity.js';
import { Inbox } from '../../src/platform/webhooks/inbox.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const BASE = '/admin/v1/installations';

const IN_AN_HOUR = (): Date => new Date(Date.now() + 3_600_000);

describe('when access to Lever is lost', () => {
  let service: TestService;
  let play: Play;
  let apiKey: string;

  beforeAll(async () => {
    service = await startTestService({
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
      ERROR_AFTER_SECONDS: '1',
    });
    play = new Play(service);
  });
  afterAll(() => service.stop());
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await play.drive('DELETE', '/lever/webhooks');
    await play.drive('DELETE', '/victig/callbacks');
  });

  beforeEach(async () => {
    apiKey = `key-${randomUUID()}`;
    await play.drive('POST', '/lever/keys', { key: apiKey });
    await play.setUp({}, { lever: { apiKey } });
  });

  const path = (what: string): string => `${BASE}/${play.installation.id}${what}`;
  const state = async (): Promise<string> =>
    ((await service.admin.get(path('')).expect(200)).body as { state: string }).state;
  const activate = (body?: object) => service.admin.post(path('/activate')).send(body);
  const connect = async (): Promise<void> => {
    const made = await service.admin.post(path('/oauth-link')).expect(201);
    const { url } = made.body as { url: string };
    const page = await comeBack(service.url, await decideAtLever(play, url));
    expect(page.status).toBe(200);
  };
  const setKey = async (key: string): Promise<void> => {
    const { headers } = await service.admin.get(path('')).expect(200);
    const patch = service.admin.patch(path('')).set('if-match', String(headers['etag']));
    await patch.send({ lever: { apiKey: key } }).expect(200);
  };
  const deliveries = (): Promise<{ outcome: string; reason: string | null; opportunity: string }[]> =>
    service.database.query(
      `SELECT outcome, reason, facts->>'opportunityId' AS opportunity FROM deliveries
       WHERE installation_id = $1 AND source = 'lever' ORDER BY id`,
      [play.installation.id],
    );
  const audited = (): Promise<{ action: string; data: object; actor: string }[]> =>
    service.database.query(
      'SELECT action, data, actor FROM audit_entries WHERE installation_id = $1 ORDER BY at, id',
      [play.installation.id],
    );
  const untilParked = (count: number): Promise<void> =>
    eventually(async () => {
      const parked = (await deliveries()).filter(({ reason }) => reason === 'installation_disconnected');
      expect(parked).toHaveLength(count);
      for (const { outcome } of parked) expect(outcome).toBe('queued');
    });
  /** Moves candidates while Lever does not let us in, the first move finding out. */
  const moveUnheard = async (count: number): Promise<string[]> => {
    const ids = await Promise.all(Array.from({ length: count }, () => play.candidate()));
    for (const id of ids) await play.move(id);
    await untilParked(count);
    expect(await state()).toBe('disconnected');
    return ids;
  };
  const revokeGrant = () => play.drive('POST', '/lever/revoke', { account: 'demo' });
  const revokeKey = () => play.drive('POST', '/lever/revoke', { key: apiKey });

  it('by "Revoke access", deliveries are kept and nothing is ordered; "process" orders them after reconnecting (I6)', async () => {
    await connect();
    await revokeGrant();
    const ids = await moveUnheard(3);
    for (const id of ids) expect(await play.ordersAtVictig(id)).toEqual([]);
    expect((await audited()).at(-1)).toMatchObject({
      action: 'installation.disconnected',
      data: { from: 'active', reason: 'refresh_refused' },
    });

    await activate({ waiting: 'process' })
      .expect(409)
      .expect(({ body }) => expect(body).toMatchObject({ code: 'not_ready' }));
    await connect();
    expect(await state()).toBe('disconnected');
    const undecided = await activate().expect(409);
    expect(undecided.body).toMatchObject({
      code: 'waiting_undecided',
      detail: expect.stringMatching(/^3 stage changes wait/) as string,
    });
    await activate({ waiting: 'process' }).expect(200);
    for (const id of ids) {
      await play.untilStatus(id, 'Pending');
      await play.orderAtVictig(id);
    }
    expect((await deliveries()).map(({ outcome }) => outcome)).toEqual(['acted_on', 'acted_on', 'acted_on']);
    expect(await audited()).toContainEqual({
      action: 'waiting.released',
      data: { deliveries: 3 },
      actor: expect.stringMatching(/^admin_key:/) as string,
    });
  });

  it.each([
    ['a consent', connect],
    [
      'a new key',
      async () => {
        const key = `key-${randomUUID()}`;
        await play.drive('POST', '/lever/keys', { key });
        await setKey(key);
      },
    ],
  ])(
    'removing an erased order from Lever waits for %s, and is not tried before (A3, I6)',
    async (_, back) => {
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
      await play.untilStatus(opportunityId, 'Complete');
      await revokeKey();
      await moveUnheard(1);

      const { id } = await play.order(opportunityId);
      await service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
      await eventually(async () => {
        expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: { failure: 'unauthorized' } });
      });
      await untilDone(service, ['remove-from-tracking'], { orderId: id });
      await back();
      await eventually(async () => {
        const { tags, notes } = await play.opportunity(opportunityId);
        expect(tags.filter((tag) => tag.startsWith('Background Check Status:'))).toEqual([]);
        expect(notes).toEqual([]);
        expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null });
      });
    },
  );

  it('with an access token that outlives the revocation, nothing is lost either (I6)', async () => {
    await play.drive('PATCH', '/lever/behaviour', { accessTokenOutlivesGrant: true });
    await connect();
    await revokeGrant();
    const first = await play.candidate();
    await play.move(first);
    await play.untilStatus(first, 'Pending');
    service.clock.forward(2 * 3_600_000);
    await moveUnheard(1);
    await play.drive('PATCH', '/lever/behaviour', { accessTokenOutlivesGrant: false });
  });

  it('whoever saves or checks an installation first learns it by an answer (I7, P4)', async () => {
    await connect();
    const { headers } = await service.admin.get(path('')).expect(200);
    const etag = String(headers['etag']);
    await revokeGrant();
    const saved = await service.admin
      .patch(path(''))
      .set('if-match', etag)
      // Others of this test are of the same Lever account.
      .send({ settings: { referenceBy: 'jobTitle', statusPrefix: 'Learned By An Answer:' } })
      .expect(200);
    expect(saved.headers['etag']).not.toBe(etag);
    expect(saved.body).toMatchObject({
      settings: { referenceBy: 'jobTitle' },
      warnings: [{ code: 'lever_refused', subject: 'lever.apiKey' }],
    });
    expect(await state()).toBe('disconnected');

    await connect();
    await revokeGrant();
    const first = await service.admin.post(path('/check')).expect(200);
    expect((first.body as { findings: object[] }).findings).toContainEqual(
      expect.objectContaining({ code: 'lever_refused', severity: 'error' }),
    );
    const again = await service.admin.post(path('/check')).expect(200);
    expect((again.body as { findings: object[] }).findings).toContainEqual(
      expect.objectContaining({ code: 'lever_credentials_missing', severity: 'error' }),
    );
  });

  it('a pasted key that Lever refused is found to be refused, not missing, as often as it is looked at (I6, I7)', async () => {
    await revokeKey();
    await moveUnheard(1);
    for (const _ of [1, 2]) {
      const checked = await service.admin.post(path('/check')).expect(200);
      const codes = (checked.body as { findings: { code: string }[] }).findings.map(({ code }) => code);
      expect(codes).toContain('lever_refused');
      expect(codes).not.toContain('lever_credentials_missing');
      await activate().expect(409);
    }
  });

  it('all orders that were in hand are gone on with after reconnecting, however many (I6)', async () => {
    const first = await play.candidate();
    await play.move(first);
    await play.untilStatus(first, 'Pending');
    await revokeKey();
    await moveUnheard(1);
    const { id } = await play.order(first);
    const columns = await service.database.query<{ name: string }[]>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'orders' AND is_generated = 'NEVER'
         AND column_name NOT IN ('id', 'opportunity_id', 'status', 'provider_order_guid')`,
    );
    const others = columns.map(({ name }) => name).join(', ');
    await service.database.query(
      `INSERT INTO orders (id, opportunity_id, status, ${others})
       SELECT gen_random_uuid(), 'gone-' || n, 'received', ${others} FROM orders, generate_series(1, 105) AS n
       WHERE id = $1`,
      [id],
    );
    await setKey(SEED.lever.apiKey);
    await activate({ waiting: 'discard' }).expect(200);
    // More than are taken up at once; Lever knows of none of them.
    await eventually(async () => {
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM orders WHERE opportunity_id LIKE 'gone-%' AND status <> 'canceled'`,
      );
      expect(left).toEqual([]);
    }, 80_000);
    // What is left of it would be counted among the calls of another test.
    await eventually(() => untilDone(service, ['report-progress']), 80_000);
  }, 180_000);

  it('not by a single 401 to an API key that works (I6)', async () => {
    await setKey(SEED.lever.apiKey);
    const fault = { vendor: 'lever', kind: 'status', status: 401, times: 1 };
    await play.drive('POST', '/faults', { ...fault, match: { method: 'GET', path: '/stages' } });
    await service.admin.get(`/admin/v1/installations/${play.installation.id}/stages`).expect(200);
    expect(await state()).toBe('active');
  });

  it('by a 401 to a pasted API key the same happens; "discard" ignores what waited (I6)', async () => {
    await revokeKey();
    const ids = await moveUnheard(2);
    expect((await audited()).at(-1)).toMatchObject({
      action: 'installation.disconnected',
      data: { from: 'active', reason: 'api_key_refused' },
    });
    await activate({ waiting: 'discard' }).expect(409);
    await setKey(SEED.lever.apiKey);
    expect(await state()).toBe('disconnected');
    await activate({ waiting: 'discard' }).expect(200);
    const discarded = await deliveries();
    expect(discarded.map(({ opportunity }) => opportunity).toSorted()).toEqual(ids.toSorted());
    for (const { outcome, reason } of discarded) {
      expect({ outcome, reason }).toEqual({ outcome: 'ignored', reason: 'discarded_after_reconnect' });
    }
    expect(await audited()).toContainEqual(
      expect.objectContaining({ action: 'waiting.discarded', data: { deliveries: 2 } }),
    );
    const next = await play.candidate();
    await play.move(next);
    await play.untilStatus(next, 'Pending');
    for (const id of ids) expect(await play.ordersAtVictig(id)).toEqual([]);
  });

  it('a pasted key that Lever takes once more need not be pasted again: activating tries it (I6)', async () => {
    await revokeKey();
    const [id = ''] = await moveUnheard(1);
    const refused = await activate({ waiting: 'process' }).expect(409);
    expect(refused.body).toMatchObject({
      code: 'not_ready',
      errors: [
        { path: 'lever.apiKey', message: expect.stringContaining('it refuses the credentials') as string },
      ],
    });
    await play.drive('POST', '/lever/keys', { key: apiKey });
    const fault = { vendor: 'lever', match: { path: '/stages' }, kind: 'status', times: 1 };
    await play.drive('POST', '/faults', { ...fault, status: 503 });
    const unheard = await activate({ waiting: 'process' }).expect(409);
    expect(unheard.body).toMatchObject({
      code: 'not_ready',
      errors: [{ message: expect.stringContaining('Lever did not answer GET /stages') as string }],
    });
    expect((unheard.body as { errors: object[] }).errors).toHaveLength(1);
    const undecided = await activate().expect(409);
    expect(undecided.body).toMatchObject({ code: 'waiting_undecided' });
    expect(await state()).toBe('disconnected');
    expect(await play.ordersAtVictig(id)).toEqual([]);
    const active = await activate({ waiting: 'process' }).expect(200);
    expect(active.body).toMatchObject({
      state: 'active',
      settingsVersion: 1,
      lever: { apiKey: { set: true } },
    });
    await play.untilStatus(id, 'Pending');
    await play.orderAtVictig(id);
    const connected = (await audited()).filter(({ action }) => action === 'lever.connected');
    expect(connected).toEqual([
      {
        action: 'lever.connected',
        data: { by: 'api_key', again: true },
        actor: expect.stringMatching(/^admin_key:/) as string,
      },
    ]);
    expect(JSON.stringify(await audited())).not.toContain(apiKey);
  });

  it('a key without a permission is none that Lever refuses: activating says what it lacks (I6, I7)', async () => {
    await revokeKey();
    await moveUnheard(1);
    await play.drive('POST', '/lever/keys', { key: apiKey, scopes: ['postings:read:admin'] });
    const lacking = await activate({ waiting: 'process' }).expect(409);
    expect(lacking.body).toMatchObject({
      errors: expect.arrayContaining([
        expect.objectContaining({ message: expect.stringContaining('stages:read:admin') as string }),
      ]) as object[],
    });
  });

  it('a key that was taken away on purpose is forgotten, and not tried again (I6)', async () => {
    await service.admin.post(path('/disconnect')).expect(200);
    const answer = await activate().expect(409);
    expect(answer.body).toMatchObject({ code: 'not_ready', errors: [{ path: 'lever.apiKey' }] });
    expect(await state()).toBe('disconnected');
  });

  it('is once found out, Lever is not asked again before it is connected again (I6)', async () => {
    await revokeKey();
    await moveUnheard(1);
    const count = async (): Promise<number> =>
      (await play.drive<unknown[]>('GET', '/calls?vendor=lever')).length;
    const before = await count();
    await moveUnheardAgain();
    await service.admin.get(path('/stages')).expect(409);
    expect(await count()).toBe(before);

    async function moveUnheardAgain(): Promise<void> {
      await play
        .knock(leverWebhook({ data: { opportunityId: 'somebody', toStageId: TRIGGER_STAGE } }))
        .expect(200);
      await untilParked(2);
    }
  });

  it('an order in hand waits, and its trouble shows (I6)', async () => {
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/applicants$' },
      kind: 'status',
      status: 503,
      times: null,
    });
    const id = await play.candidate();
    await play.move(id);
    const { id: orderId } = await eventually(() => play.order(id));
    // From here on the order is retried with growing pauses, which is why there is time.
    await revokeKey();
    const other = await play.candidate();
    await play.move(other);
    await untilParked(1);
    await play.drive('DELETE', '/faults');
    // Its own next try may be minutes away.
    service.clock.forward(2_000);
    await service.send(placeOrder, { installationId: play.installation.id, opportunityId: id, orderId });
    await eventually(async () => expect(await play.order(id)).toMatchObject({ status: 'error' }));
    expect(await play.ordersAtVictig(id)).toEqual([]);
    await setKey(SEED.lever.apiKey);
    await activate({ waiting: 'process' }).expect(200);
    await play.untilStatus(other, 'Pending');
    await eventually(async () => expect(await play.ordersAtVictig(id)).toHaveLength(1));
  });

  it('a result that came meanwhile is shown as soon as there is access again (I6, R4)', async () => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    const { orderGuid } = await play.orderAtVictig(id);
    await revokeKey();
    await moveUnheard(1);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await eventually(async () =>
      expect(await play.order(id)).toMatchObject({
        status: 'complete',
        leverTrouble: { failure: 'unauthorized' },
      }),
    );
    await setKey(SEED.lever.apiKey);
    await activate({ waiting: 'discard' }).expect(200);
    await play.untilStatus(id, 'Complete');
    expect((await play.opportunity(id)).notes).toHaveLength(1);
  });

  it.each(['activating', 'connecting'])(
    'what waits to be shown is shown by %s, however long it was to wait (I6, R4, R5)',
    async (what) => {
      const id = await play.candidate();
      await play.move(id);
      await play.untilStatus(id, 'Pending');
      const { id: orderId } = await play.order(id);
      const { orderGuid } = await play.orderAtVictig(id);
      await revokeKey();
      await moveUnheard(1);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
      await eventually(async () =>
        expect(await play.order(id)).toMatchObject({ leverTrouble: { failure: 'unauthorized' } }),
      );
      const attach = {
        installationId: play.installation.id,
        orderId,
        reference: `BGC-${orderId.slice(-12)}-R1`,
      };
      await service
        .part(Transactions)
        .run((tx) => service.part(JobQueue).send(tx, attachReport, attach, { startAfter: IN_AN_HOUR() }));
      // Between two tries: none is made before its time.
      await eventually(async () => {
        const moved = await service.database.query<[unknown[], number]>(
          `UPDATE pgboss.job SET start_after = now() + interval '1 hour'
           WHERE name = 'report-progress' AND state = 'created' AND group_id = $1 RETURNING id`,
          [play.installation.id],
        );
        expect(moved[1]).toBe(1);
      });
      if (what === 'activating') {
        // As if that had not told anybody.
        const part = service.part(ReleaseWaiting);
        const spy = vi.spyOn(part, 'handle').mockResolvedValueOnce();
        await setKey(SEED.lever.apiKey);
        await untilDone(service, ['release-waiting']);
        expect(spy).toHaveBeenCalledTimes(1);
        spy.mockRestore();
        await activate({ waiting: 'discard' }).expect(200);
      } else await setKey(SEED.lever.apiKey);
      expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
      await untilDone(service, ['attach-report'], { orderId });
    },
  );

  it('is no pause: other stages are ignored as ever (I6, T5)', async () => {
    await revokeKey();
    await moveUnheard(1);
    await play.move(await play.candidate(), OTHER_STAGE);
    await eventually(async () => {
      expect((await deliveries()).at(-1)).toMatchObject({ outcome: 'ignored', reason: 'other_stage' });
    });
    await activate({ waiting: 'maybe' }).expect(400);
  });

  it('nobody is told that what waited is discarded while it is worked on (I6)', async () => {
    await revokeKey();
    const [id = ''] = await moveUnheard(1);
    const fault = { vendor: 'lever', kind: 'status', status: 503, times: null };
    await play.drive('POST', '/faults', { ...fault, match: { method: 'GET', path: `/opportunities/${id}` } });
    await setKey(SEED.lever.apiKey);
    await activate({ waiting: 'process' }).expect(200);
    await activate({ waiting: 'process' }).expect(200);
    const late = await activate({ waiting: 'discard' }).expect(409);
    expect(late.body).toMatchObject({
      code: 'waiting_processed',
      detail: expect.stringContaining('1 stage change is not decided yet: pause') as string,
    });
    await untilParked(1);
    await service.admin.post(path('/pause')).expect(200);
    await activate({ waiting: 'discard' }).expect(200);
    await activate({ waiting: 'discard' }).expect(200);
    expect(await deliveries()).toMatchObject([
      { outcome: 'ignored', reason: 'discarded_after_reconnect', opportunity: id },
    ]);
    expect(await play.ordersAtVictig(id)).toEqual([]);
  });

  describe('and it is paused then, for the customer has left', () => {
    const pause = () => service.admin.post(path('/pause')).expect(200);
    const standing = async (): Promise<Installation> => {
      const installation = await service.part(InstallationDirectory).find(play.installation.id);
      if (!installation) throw new Error('there is no such installation');
      return installation;
    };
    /** One that was kept, and that no job has looked at yet. */
    const unlookedAt = async (opportunityId: string): Promise<Delivery> => {
      const [row] = await service.database.query<{ id: string }[]>(
        `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome)
         VALUES ($1, gen_random_uuid(), 'lever', $2, 'candidateStageChange', jsonb_build_object('opportunityId', $2::text),
                 now(), now(), 'queued') RETURNING id`,
        [play.installation.id, opportunityId],
      );
      const ref = { installationId: play.installation.id, deliveryId: row?.id ?? '' };
      const delivery = await service.part(Inbox).find(ref);
      if (!delivery) throw new Error('there is no such delivery');
      return delivery;
    };
    const untilPlacingEnded = (): Promise<void> =>
      untilDone(service, ['place-order'], { installationId: play.installation.id });

    it.each([
      ['process', 'acted_on', null],
      ['discard', 'ignored', 'discarded_after_reconnect'],
    ])(
      'what waited goes on waiting until it is active again, and what comes since is ignored (I6, T5): %s',
      async (waiting, outcome, reason) => {
        await revokeKey();
        const ids = await moveUnheard(2);
        expect((await pause()).body).toMatchObject({ state: 'paused' });
        await pause();
        expect((await audited()).filter(({ action }) => action === 'installation.paused')).toEqual([
          {
            action: 'installation.paused',
            data: { from: 'disconnected' },
            actor: expect.stringMatching(/^admin_key:/) as string,
          },
        ]);
        const late = await play.candidate();
        await play.move(late);
        await eventually(async () => {
          expect((await deliveries()).at(-1)).toEqual({
            outcome: 'ignored',
            reason: 'installation_paused',
            opportunity: late,
          });
        });
        await untilParked(2);

        const unready = await activate({ waiting }).expect(409);
        expect(unready.body).toMatchObject({ code: 'not_ready' });
        await setKey(SEED.lever.apiKey);
        expect(await state()).toBe('paused');
        const undecided = await activate().expect(409);
        expect(undecided.body).toMatchObject({
          code: 'waiting_undecided',
          detail: expect.stringMatching(/^2 stage changes wait/) as string,
        });
        await activate({ waiting }).expect(200);
        await eventually(async () => {
          const ends = (await deliveries()).filter(({ opportunity }) => opportunity !== late);
          expect(ends.map((end) => [end.outcome, end.reason])).toEqual(ids.map(() => [outcome, reason]));
        });
        for (const id of waiting === 'process' ? ids : []) await play.untilStatus(id, 'Pending');
        expect((await deliveries()).at(-1)).toMatchObject({ reason: 'installation_paused' });
        expect(await play.ordersAtVictig(late)).toEqual([]);
      },
    );

    it('what is to be processed, and was not decided when it is paused again, waits on (I6)', async () => {
      await revokeKey();
      const [id = ''] = await moveUnheard(1);
      const fault = { vendor: 'lever', kind: 'status', status: 503, times: null };
      await play.drive('POST', '/faults', {
        ...fault,
        match: { method: 'GET', path: `/opportunities/${id}` },
      });
      await setKey(SEED.lever.apiKey);
      await activate({ waiting: 'process' }).expect(200);
      await untilDone(service, ['release-waiting'], { installationId: play.installation.id });
      // Came in while it was active: nobody promised that it waits.
      const { id: deliveryId } = await unlookedAt('somebody');
      await pause();
      await service.send(placeOrder, {
        installationId: play.installation.id,
        opportunityId: 'somebody',
        deliveryId,
      });
      await untilPlacingEnded();
      await untilParked(1);
      expect((await deliveries()).filter(({ outcome }) => outcome !== 'queued')).toEqual([
        { outcome: 'ignored', reason: 'installation_paused', opportunity: 'somebody' },
      ]);

      await play.drive('DELETE', '/faults');
      const undecided = await activate().expect(409);
      expect(undecided.body).toMatchObject({
        code: 'waiting_undecided',
        detail: expect.stringMatching(/^1 stage change waits/) as string,
      });
      await activate({ waiting: 'process' }).expect(200);
      await play.untilStatus(id, 'Pending');
      await play.orderAtVictig(id);
    });

    it('nobody is asked what becomes of what waits where nothing waits (I6)', async () => {
      await service.admin.post(path('/disconnect')).expect(200);
      await pause();
      await setKey(SEED.lever.apiKey);
      await activate().expect(200);
      // On its way when an active one was paused: nobody promised that it waits.
      const { id: deliveryId } = await unlookedAt('somebody');
      await pause();
      await activate().expect(200);
      await pause();
      await service.send(placeOrder, {
        installationId: play.installation.id,
        opportunityId: 'somebody',
        deliveryId,
      });
      await eventually(async () => {
        expect((await deliveries()).at(-1)).toMatchObject({ reason: 'installation_paused' });
      });
    });

    it('what no job has looked at yet waits, too, whatever its job read before the pause (I6)', async () => {
      await revokeKey();
      await moveUnheard(1);
      const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
      const before = await standing();
      const delivery = await unlookedAt(opportunityId);
      await pause();
      const triggers = service.part(TakeTrigger);
      await expect(triggers.run(before, delivery, { opportunityId })).rejects.toThrow(NotActive);
      expect(await triggers.run(await standing(), delivery, { opportunityId })).toBeNull();
      await untilParked(2);
      const job = { installationId: play.installation.id, opportunityId, deliveryId: delivery.id };
      await service.send(placeOrder, job);
      await untilPlacingEnded();
      await untilParked(2);
      await setKey(SEED.lever.apiKey);
      await activate({ waiting: 'process' }).expect(200);
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
    });

    it('what a job read of a pause that has ended meanwhile is decided anew (I6)', async () => {
      await pause();
      const before = await standing();
      await activate().expect(200);
      const delivery = await unlookedAt('somebody');
      await expect(
        service.part(TakeTrigger).run(before, delivery, { opportunityId: 'somebody' }),
      ).rejects.toThrow(NotActive);
      expect((await deliveries()).at(-1)).toMatchObject({ outcome: 'queued' });
    });

    it('orders at VICTIG are followed to their end, and Lever is asked nothing (I6)', async () => {
      const id = await play.candidate();
      await play.move(id);
      await play.untilStatus(id, 'Pending');
      await revokeKey();
      await moveUnheard(1);
      await pause();
      const calls = async (): Promise<number> =>
        (await play.drive<unknown[]>('GET', '/calls?vendor=lever')).length;
      const before = await calls();
      const { id: orderId } = await play.order(id);
      // Whoever follows up a candidate of a running check looks into Lever, where there is access.
      await service.send(placeOrder, {
        installationId: play.installation.id,
        opportunityId: id,
        orderId,
      });
      await untilPlacingEnded();
      const { orderGuid } = await play.orderAtVictig(id);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          status: 'complete',
          leverTrouble: { failure: 'unauthorized' },
        });
      });
      await service.admin.get(path('/stages')).expect(409);
      expect(await calls()).toBe(before);
    });
  });

  describe('more deliveries than fit one batch', () => {
    const flood = (opportunity: string, count: number) =>
      service.database.query(
        `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, reason)
         SELECT $1, gen_random_uuid(), 'lever', $2 || n, 'candidateStageChange', jsonb_build_object('opportunityId', $2 || n),
                now(), now(), 'queued', 'installation_disconnected' FROM generate_series(1, $3::int) n`,
        [play.installation.id, opportunity, count],
      );

    it('are discarded all the same (I6)', async () => {
      await revokeKey();
      await moveUnheard(1);
      await flood('gone-', 1200);
      await setKey(SEED.lever.apiKey);
      await activate({ waiting: 'discard' }).expect(200);
      const ends = new Set((await deliveries()).map(({ outcome, reason }) => `${outcome} ${reason}`));
      expect([...ends]).toEqual(['ignored discarded_after_reconnect']);
    });

    it('are taken up each once, in the order of their ids (I6)', async () => {
      await revokeKey();
      await moveUnheard(1);
      await flood('taken-up-', 249);
      await setKey(SEED.lever.apiKey);
      await untilDone(service, ['release-waiting'], { installationId: play.installation.id });
      const sent = vi.spyOn(service.part(JobQueue), 'sendMissing').mockResolvedValue();
      await activate({ waiting: 'process' }).expect(200);
      await untilDone(service, ['release-waiting'], { installationId: play.installation.id });
      const taken = sent.mock.calls
        .filter(([, job]) => job.name === placeOrder.name)
        .flatMap(([, , payloads]) => payloads as { installationId: string; deliveryId: string }[])
        .filter(({ installationId }) => installationId === play.installation.id)
        .map(({ deliveryId }) => deliveryId);
      sent.mockRestore();
      expect(taken).toHaveLength(250);
      expect(new Set(taken).size).toBe(250);
      expect(taken).toEqual(taken.toSorted());
    });
  });

  describe('by an admin who disconnects', () => {
    interface Disconnected {
      webhooksLeft: string[] | null;
      hint: string | null;
    }
    const disconnect = async (): Promise<Disconnected> =>
      (await service.admin.post(path('/disconnect')).expect(200)).body as Disconnected;
    /** Made through Lever's API, as the service makes it. */
    const makeWebhook = async (): Promise<string> => {
      await play.drive('DELETE', '/lever/webhooks');
      const made = await service.admin.post(path('/webhook')).expect(201);
      return (made.body as { id: string }).id;
    };
    const webhooks = (): Promise<{ id: string }[]> => play.drive('GET', '/lever/webhooks');
    const secrets = async (): Promise<string[]> => {
      const rows = await service.database.query<{ kind: string }[]>(
        `SELECT kind FROM installation_secrets WHERE installation_id = $1 AND kind LIKE 'lever%'`,
        [play.installation.id],
      );
      return rows.map(({ kind }) => kind);
    };

    it.each(['API key', 'OAuth'])(
      'the webhook goes first, then the credentials; orders wait until it is connected again (I4, I6): %s',
      async (by) => {
        if (by === 'OAuth') await connect();
        const webhookId = await makeWebhook();
        expect(await disconnect()).toEqual({ webhooksLeft: [], hint: null });
        expect(await webhooks()).toEqual([]);
        expect(await secrets()).toEqual([]);
        expect(await state()).toBe('disconnected');
        const actor = expect.stringMatching(/^admin_key:/) as string;
        expect((await audited()).slice(-2)).toEqual([
          { action: 'lever.webhook_deleted', data: { webhookId }, actor },
          { action: 'installation.disconnected', data: { from: 'active', reason: 'by_admin' }, actor },
        ]);
        // What Lever sent before, and repeats only now.
        const id = await play.candidate({ stageId: TRIGGER_STAGE });
        await play.knock(leverWebhook({ data: { opportunityId: id, toStageId: TRIGGER_STAGE } })).expect(200);
        await untilParked(1);
        await activate({ waiting: 'process' }).expect(409);
        await setKey(SEED.lever.apiKey);
        await activate({ waiting: 'process' }).expect(200);
        await play.untilStatus(id, 'Pending');
      },
    );

    it('nothing is forgotten while Lever fails, and it may be repeated (I6)', async () => {
      await makeWebhook();
      const match = { method: 'DELETE', path: '/webhooks/' };
      await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503 });
      await service.admin.post(path('/disconnect')).expect(502);
      expect(await state()).toBe('active');
      expect(await secrets()).toEqual(['lever_api_key']);
      await disconnect();
      const once = await audited();
      expect((await disconnect()).webhooksLeft).toBeNull();
      expect(await audited()).toEqual(once);
      expect(await webhooks()).toEqual([]);
    });

    it('what Lever does not let go is named, and where to remove it (I6)', async () => {
      const url = `https://service.example/webhooks/lever/${play.installation.id}`;
      const byHand = await play.drive<{ id: string }>('POST', '/lever/webhooks', { url });
      expect(await disconnect()).toEqual({
        webhooksLeft: [byHand.id],
        hint: expect.stringMatching(/by hand in Settings/) as string,
      });
      expect(await state()).toBe('disconnected');
    });

    it('of one that was never connected nothing is left, unless a webhook was made by hand (I6)', async () => {
      const leave = async (changes: object): Promise<Disconnected> => {
        const id = await createInstallation(service, changes);
        const draft = `/admin/v1/installations/${id}`;
        const answer = await service.admin.post(`${draft}/disconnect`).expect(200);
        expect((await service.admin.get(draft).expect(200)).body).toMatchObject({ state: 'draft' });
        return answer.body as Disconnected;
      };
      expect(await leave({})).toEqual({ webhooksLeft: [], hint: null });
      expect(await leave({ signatureTokens: ['token-of-a-webhook-that-a-person-made'] })).toEqual({
        webhooksLeft: null,
        hint: expect.stringMatching(/look for the webhook in Settings/) as string,
      });
    });

    it('after access was revoked the webhook is out of reach, and the answer says so (I6)', async () => {
      await connect();
      await makeWebhook();
      await revokeGrant();
      expect(await disconnect()).toEqual({
        webhooksLeft: null,
        hint: expect.stringMatching(/gave no access/) as string,
      });
      expect(await webhooks()).toHaveLength(1);
      expect(await secrets()).toEqual([]);
    });
  });

  it('a token of a lost webhook is ended, and what it signs is refused from then on (I6)', async () => {
    const next = 'the-token-of-the-new-webhook';
    await service.admin.post(path('/signature-tokens')).send({ token: next }).expect(201);
    const read = await service.admin.get(path('')).expect(200);
    const [old, young] = (read.body as { signatureTokens: { id: string }[] }).signatureTokens;
    await play.knock(leverWebhook({}, SIGNATURE_TOKEN)).expect(200);
    await service.admin.delete(path(`/signature-tokens/${old?.id}`)).expect(204);
    await play.knock(leverWebhook({}, SIGNATURE_TOKEN)).expect(401);
    await play.knock(leverWebhook({}, next)).expect(200);
    const refused = await service.admin.delete(path(`/signature-tokens/${young?.id}`)).expect(409);
    expect(refused.body).toMatchObject({ code: 'not_ready' });
    await play.knock(leverWebhook({}, next)).expect(200);
  });

  it('an active installation cannot be changed into one that could not order', async () => {
    const patch = service.admin.patch(path('')).set('if-match', '"1"').send({ triggerStageIds: [] });
    const refused = await patch.expect(409);
    expect(refused.body).toMatchObject({ code: 'not_ready', errors: [{ path: 'triggerStageIds' }] });
    expect((await service.admin.get(path('')).expect(200)).body).toMatchObject({ settingsVersion: 1 });
    await service.admin.post(path('/pause')).expect(200);
    await service.admin.patch(path('')).set('if-match', '"1"').send({ triggerStageIds: [] }).expect(200);
  });
});
