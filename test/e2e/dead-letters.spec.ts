import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const OTHER_INSTALLATION = '0198c0de-0000-7000-8000-00000000000a';

interface Letter {
  id: string;
  queue: string;
  installationId: string;
  payload: Record<string, string>;
  attempts: number;
  reason: string;
}

interface Page {
  items: Letter[];
  nextCursor: string | null;
}

describe('dead letters and queues by the admin API (F2)', () => {
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  let givenUp = 0;
  /** As the queue leaves a job whose tries are used up; how it comes to that is shown in job-queue.spec. */
  const giveUp = async (
    installationId: string,
    deliveryId: string = randomUUID(),
    more = {},
  ): Promise<string> => {
    const data = { attempt: 8, payload: { installationId, deliveryId, ...more } };
    givenUp += 1;
    // One after the other: the embedded database's clock counts milliseconds, and they are listed in the order of time.
    const [row] = await service.database.query<{ id: string }[]>(
      `INSERT INTO pgboss.job (name, data, group_id, singleton_key, source_name, source_output, retry_limit, keep_until,
         created_on)
       VALUES ('dead-letters', $1, $2, $3, 'take-callback', '{"reason": "not today"}', 0, now() + interval '1 year',
         now() + $4 * interval '1 millisecond')
       RETURNING id`,
      [data, installationId, deliveryId, givenUp],
    );
    return row?.id ?? '';
  };
  const forget = (): Promise<unknown> =>
    service.database.query(`DELETE FROM pgboss.job WHERE name = 'dead-letters'`);

  const list = async (query: object = {}, agent = service.admin): Promise<Page> =>
    (await agent.get('/admin/v1/dead-letters').query(query).expect(200)).body as Page;

  const sentAgain = async (deliveryId: string): Promise<void> => {
    const rows = await service.database.query<{ attempt: number }[]>(
      `SELECT (data ->> 'attempt')::int AS attempt FROM pgboss.job
       WHERE name = 'take-callback' AND data -> 'payload' ->> 'deliveryId' = $1`,
      [deliveryId],
    );
    expect(rows).toEqual([{ attempt: 1 }]);
  };

  const audited = (action: string): Promise<{ actor: string; data: object }[]> =>
    service.database.query(
      'SELECT actor, data FROM audit_entries WHERE action = $1 AND installation_id = $2',
      [action, play.installation.id],
    );

  it('are listed in pages that stay the same while others come and go (F2, P2)', async () => {
    await forget();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift(await giveUp(play.installation.id));
    const first = await list({ limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.items[0]).toMatchObject({
      queue: 'take-callback',
      installationId: play.installation.id,
      attempts: 8,
      reason: 'not today',
      payload: { installationId: play.installation.id },
    });
    await giveUp(play.installation.id);
    await service.admin.post(`/admin/v1/dead-letters/${ids[1]}/discard`).expect(200);
    const second = await list({ limit: 2, cursor: first.nextCursor });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    const third = await list({ limit: 2, cursor: second.nextCursor });
    expect(third.items.map(({ id }) => id)).toEqual(ids.slice(4));
    expect(third.nextCursor).toBeNull();
    for (const bad of [{ limit: 0 }, { limit: 201 }, { cursor: 'bm9uZQ' }, { cursor: '%00' }]) {
      await service.admin.get('/admin/v1/dead-letters').query(bad).expect(400);
    }
  });

  it.each(['2026-02-30T00:00:00', '0000-01-01T00:00:00', '2026-13-01T00:00:00', '2026-01-01T24:00:01'])(
    'are not listed from after %s, which is no time (F6)',
    async (time) => {
      const cursor = Buffer.from(`${time}.000000Z ${randomUUID()}`).toString('base64url');
      const refused = await service.admin.get('/admin/v1/dead-letters').query({ cursor }).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_request' });
    },
  );

  it('show ids only', async () => {
    await forget();
    await giveUp(play.installation.id, randomUUID(), { note: 'Ana Ruiz <ana@example.com>' });
    const { items } = await list();
    expect(JSON.stringify(items)).not.toContain('Ana');
  });

  it('are retried one by one with all tries before them, once, and audited (F2, A1)', async () => {
    await forget();
    const deliveryId = randomUUID();
    const id = await giveUp(play.installation.id, deliveryId);
    const both = await Promise.all(
      [1, 2].map(() => service.admin.post(`/admin/v1/dead-letters/${id}/retry`)),
    );
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    await sentAgain(deliveryId);
    expect((await list()).items).toEqual([]);
    expect(await audited('dead_letter.retried')).toEqual([
      {
        actor: expect.stringMatching(/^admin_key:/) as string,
        data: { deadLetterId: id, queue: 'take-callback', deliveryId },
      },
    ]);
  });

  it.each([
    ['retry', 'dead_letter.retried'],
    ['discard', 'dead_letter.discarded'],
  ])('are audited with what they were about, which is gone with them: %s (A1)', async (act, action) => {
    await forget();
    const [deliveryId, orderId, opportunityId] = [randomUUID(), randomUUID(), `opportunity-${act}`];
    const id = await giveUp(play.installation.id, deliveryId, { orderId, opportunityId, note: 'Ana Ruiz' });
    await service.admin.post(`/admin/v1/dead-letters/${id}/${act}`).expect(200);
    const audit = await service.admin.get('/admin/v1/audit').query({ orderId }).expect(200);
    expect((audit.body as { items: object[] }).items).toMatchObject([
      {
        action,
        installationId: play.installation.id,
        orderId,
        opportunityId,
        data: { deadLetterId: id, queue: 'take-callback', deliveryId },
      },
    ]);
  });

  it('that are discarded leave no delivery waiting for them, nor change one that was decided (A1, F2)', async () => {
    await forget();
    const insert = async (installationId: string, outcome: string): Promise<string> => {
      const [row] = await service.database.query<{ id: string }[]>(
        `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome)
         VALUES ($1, gen_random_uuid(), 'victig', gen_random_uuid()::text, 'order.completed', '{}', now(), now(), $2)
         RETURNING id`,
        [installationId, outcome],
      );
      return row?.id ?? '';
    };
    const everybodys = '00000000-0000-0000-0000-000000000000';
    const waiting = await insert(play.installation.id, 'queued');
    const ofTheService = await insert(everybodys, 'queued');
    const decided = await insert(play.installation.id, 'acted_on');
    for (const [installationId, deliveryId] of [
      [play.installation.id, waiting],
      [everybodys, ofTheService],
      [play.installation.id, decided],
    ] as const) {
      const id = await giveUp(installationId, deliveryId);
      await service.admin.post(`/admin/v1/dead-letters/${id}/discard`).expect(200);
    }
    const seen = async (id: string): Promise<object> => {
      const answer = await service.admin.get(`/admin/v1/deliveries/${id}`).expect(200);
      return answer.body as object;
    };
    for (const id of [waiting, ofTheService]) {
      expect(await seen(id)).toMatchObject({ outcome: 'ignored', reason: 'job_discarded' });
    }
    expect(await seen(decided)).toMatchObject({ outcome: 'acted_on', reason: null });
  });

  it('that nobody can read are not retried, but discarded (F2)', async () => {
    await forget();
    const id = await giveUp(play.installation.id, 'no uuid');
    const refused = await service.admin.post(`/admin/v1/dead-letters/${id}/retry`).expect(409);
    expect(refused.body).toMatchObject({ code: 'dead_letter_unreadable' });
    await service.admin.post(`/admin/v1/dead-letters/${id}/discard`).expect(200);
    await service.admin.post(`/admin/v1/dead-letters/${id}/discard`).expect(404);
    expect(await audited('dead_letter.discarded')).toContainEqual(
      expect.objectContaining({ data: { deadLetterId: id, queue: 'take-callback' } }),
    );
  });

  it('are retried together, previewed first, no more than asked for (F2)', async () => {
    await forget();
    const deliveries = [randomUUID(), randomUUID(), randomUUID()];
    for (const deliveryId of deliveries) await giveUp(play.installation.id, deliveryId);
    await giveUp(OTHER_INSTALLATION);
    const retry = async (body: object): Promise<{ matching: number; dryRun: boolean; items: Letter[] }> =>
      (await service.admin.post('/admin/v1/dead-letters/retry').send(body).expect(200)).body as never;
    const which = {
      installationId: play.installation.id,
      queue: 'take-callback',
      reason: 'not today',
      limit: 2,
    };
    const preview = await retry(which);
    expect(preview).toMatchObject({ dryRun: true, matching: 3 });
    expect(preview.items.map(({ payload }) => payload['deliveryId'])).toEqual(deliveries.slice(0, 2));
    expect((await list()).items).toHaveLength(4);

    const because = 'TICKET-17';
    for (const missing of [{}, { because: '' }, { because: 17 }]) {
      const body = { ...which, dryRun: false, ...missing };
      await service.admin.post('/admin/v1/dead-letters/retry').send(body).expect(400);
    }
    const done = await retry({ ...which, dryRun: false, because });
    expect(done).toEqual({ ...preview, dryRun: false });
    await sentAgain(deliveries[0] ?? '');
    await sentAgain(deliveries[1] ?? '');
    expect((await list()).items).toHaveLength(2);
    expect(await audited('dead_letter.retried')).toContainEqual(
      expect.objectContaining({
        data: {
          deadLetterId: done.items[0]?.id,
          queue: 'take-callback',
          deliveryId: deliveries[0],
          reason: because,
        },
      }),
    );
    expect(await retry({ ...which, reason: 'another', dryRun: false, because })).toMatchObject({
      matching: 0,
      items: [],
    });
    await service.admin.post('/admin/v1/dead-letters/retry').send({ limit: 201 }).expect(400);
  });

  it('that nobody can read do not stand before the others: preview and act pass them over (F2)', async () => {
    await forget();
    const unreadable = [
      await giveUp(play.installation.id, 'no uuid'),
      await giveUp(play.installation.id, 'nor'),
    ];
    const readable = await giveUp(play.installation.id);
    const later = await giveUp(play.installation.id);
    const retry = async (body: object): Promise<string[]> => {
      const answer = await service.admin.post('/admin/v1/dead-letters/retry').send(body).expect(200);
      return (answer.body as Page).items.map(({ id }) => id);
    };
    const act = { dryRun: false, because: 'TICKET-18' };
    expect(await retry({ limit: 1 })).toEqual([readable]);
    expect(await retry({ ...act, limit: 1 })).toEqual([readable]);
    expect(await retry({ limit: 2 })).toEqual([later]);
    expect(await retry({ ...act, limit: 2 })).toEqual([later]);
    expect(await retry(act)).toEqual([]);
    expect((await list()).items.map(({ id }) => id)).toEqual(unreadable.toReversed());
  });

  it.each(['dryRun', 'limit', 'queue', 'installationId', 'reason', 'because'])(
    'are not retried together where %s is null, which is not left out (F2, F6)',
    async (name) => {
      await forget();
      await giveUp(play.installation.id);
      const body = { dryRun: false, because: 'TICKET-17', limit: 1, [name]: null };
      const refused = await service.admin.post('/admin/v1/dead-letters/retry').send(body).expect(400);
      const { code, errors } = refused.body as { code: string; errors: { path: string }[] };
      expect(code).toBe('invalid_request');
      expect(new Set(errors.map(({ path }) => path))).toEqual(new Set([name]));
      expect((await list()).items).toHaveLength(1);
    },
  );

  it('are found by an installation id in capitals, too, listed and together (F2)', async () => {
    await forget();
    const id = await giveUp(play.installation.id);
    await giveUp(OTHER_INSTALLATION);
    const installationId = play.installation.id.toUpperCase();
    const bound = await adminWithRole(service, 'operator', play.installation.id);
    for (const agent of [service.admin, bound]) {
      expect((await list({ installationId }, agent)).items.map((letter) => letter.id)).toEqual([id]);
      const preview = await agent.post('/admin/v1/dead-letters/retry').send({ installationId }).expect(200);
      expect(preview.body).toMatchObject({ matching: 1, items: [{ id }] });
    }
  });

  it('are shown to whom may see them, and settled by whom may settle them (A5)', async () => {
    await forget();
    const mine = await giveUp(play.installation.id);
    const theirs = await giveUp(OTHER_INSTALLATION);
    const viewer = await adminWithRole(service, 'viewer');
    expect((await list({}, viewer)).items).toHaveLength(2);
    await viewer.get('/admin/v1/queues').expect(200);
    await viewer.post(`/admin/v1/dead-letters/${mine}/retry`).expect(403);
    await viewer.post('/admin/v1/dead-letters/retry').send({}).expect(403);

    const bound = await adminWithRole(service, 'operator', play.installation.id);
    expect((await list({}, bound)).items.map(({ id }) => id)).toEqual([mine]);
    expect((await list({ installationId: OTHER_INSTALLATION }, bound)).items).toEqual([]);
    await bound.post(`/admin/v1/dead-letters/${theirs}/retry`).expect(404);
    await bound.post(`/admin/v1/dead-letters/${theirs}/discard`).expect(404);
    const many = await bound
      .post('/admin/v1/dead-letters/retry')
      .send({ dryRun: false, because: 'T-1' })
      .expect(200);
    expect(many.body).toMatchObject({ matching: 1, items: [{ id: mine }] });
    expect((await list()).items.map(({ id }) => id)).toEqual([theirs]);
  });

  it('and queues are counted, a bound key sees its own', async () => {
    await forget();
    await giveUp(play.installation.id);
    await service.database.query(
      `INSERT INTO pgboss.job (name, data, group_id, start_after)
       VALUES ('refresh-order', '{}', $1, now() + interval '1 hour')`,
      [OTHER_INSTALLATION],
    );
    await eventually(async () => {
      const answer = await service.admin.get('/admin/v1/queues').expect(200);
      const { items } = answer.body as { items: { name: string }[] };
      expect(items.map(({ name }) => name)).toEqual(items.map(({ name }) => name).toSorted());
      expect(items).toContainEqual(expect.objectContaining({ name: 'refresh-order', delayed: 1, ready: 0 }));
      expect(items).toContainEqual(expect.objectContaining({ name: 'take-callback', deadLetters: 1 }));
    });
    const bound = await adminWithRole(service, 'viewer', play.installation.id);
    const own = await bound.get('/admin/v1/queues').expect(200);
    expect((own.body as { items: object[] }).items).toContainEqual(
      expect.objectContaining({ name: 'refresh-order', delayed: 0 }),
    );
  });
});
