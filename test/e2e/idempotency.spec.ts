import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetAnswers } from '../../src/platform/http/forget-answers.js';
import { IdempotentRequests } from '../../src/platform/http/idempotent-requests.js';
import { adminWithRole } from '../support/admin-with-role.js';
import { createInstallation, newInstallation } from '../support/new-installation.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const KEYS = '/admin/v1/keys';
const HOUR_MS = 3_600_000;

interface MadeKey {
  id: string;
  key: string;
}

describe('requests with an Idempotency-Key (P3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const create = (key: string, body: object, agent = service.admin) =>
    agent.post(KEYS).set('idempotency-key', key).send(body);
  const named = (name: string): object => ({ name, role: 'viewer' });
  const keysNamed = async (name: string): Promise<number> => {
    const rows = await service.database.query<unknown[]>('SELECT 1 FROM admin_keys WHERE name = $1', [name]);
    return rows.length;
  };

  it('answer the same again and do nothing more, headers and a key that is shown once included (P3)', async () => {
    const key = randomUUID();
    const first = await create(key, named('once')).expect(201);
    const again = await create(key, { role: 'viewer', name: 'once' }).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(`${KEYS}/${(first.body as MadeKey).id}`);
    expect(again.headers['cache-control']).toBe('no-store');
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(await keysNamed('once')).toBe(1);
  });

  it('are kept sealed: neither what was asked nor what was answered is readable (P3, I2)', async () => {
    const made = (await create(randomUUID(), named('sealed')).expect(201)).body as MadeKey;
    const secret = 'lever-api-key-that-nobody-may-read';
    await service.admin
      .post('/admin/v1/installations')
      .set('idempotency-key', randomUUID())
      .send(newInstallation({ lever: { apiKey: secret } }))
      .expect(201);
    const rows = await service.database.query<{ request_sealed: Buffer; answer_sealed: Buffer }[]>(
      'SELECT request_sealed, answer_sealed FROM idempotent_requests',
    );
    const kept = rows.map(
      (row) => row.request_sealed.toString('latin1') + row.answer_sealed.toString('latin1'),
    );
    expect(kept.length).toBeGreaterThan(1);
    for (const text of [secret, made.key, 'Sealed', 'viewer']) {
      expect(kept.join(' ')).not.toContain(text);
    }
  });

  it('are 422 with another body or on another route, and nothing happens (P3)', async () => {
    const key = randomUUID();
    await create(key, named('first')).expect(201);
    const other = await create(key, named('second')).expect(422);
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' });
    const elsewhere = await service.admin
      .post(`/admin/v1/installations/${play.installation.id}/signature-tokens`)
      .set('idempotency-key', key)
      .send({ token: 'a-token-long-enough' })
      .expect(422);
    expect(elsewhere.body).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await keysNamed('second')).toBe(0);
    // Another caller's key is another key.
    await create(key, named('of another'), await adminWithRole(service, 'admin')).expect(201);
  });

  it('that come at once have one effect (P3)', async () => {
    const key = randomUUID();
    const opportunityId = await play.candidate();
    const body = { installationId: play.installation.id, opportunityId };
    const send = () => service.admin.post('/admin/v1/orders').set('idempotency-key', key).send(body);
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    for (const answer of answers) {
      expect([201, 409]).toContain(answer.status);
      if (answer.status === 409) {
        expect(answer.body).toMatchObject({ code: 'idempotency_in_progress' });
        expect(answer.headers['retry-after']).toBe('1');
      }
    }
    const made = answers.filter(({ status }) => status === 201).map((answer) => (answer.body as MadeKey).id);
    expect(new Set(made).size).toBe(1);
    const again = await send().expect(201);
    expect((again.body as MadeKey).id).toBe(made[0]);
    await play.untilStatus(opportunityId, 'Pending');
    await play.orderAtVictig(opportunityId);
  });

  it('that failed may be sent again, for they did nothing (P3)', async () => {
    const key = randomUUID();
    await create(key, { name: 'wrong', role: 'emperor' }).expect(400);
    await create(key, named('right')).expect(201);
    for (const bad of ['ä', 'a b', 'x'.repeat(256)]) {
      const refused = await create(encodeURIComponent(bad) === bad ? bad : 'a b', named('bad')).expect(400);
      expect(refused.body).toMatchObject({ code: 'invalid_idempotency_key' });
    }
    expect(await keysNamed('bad')).toBe(0);
  });

  it('that Lever refused may be sent again with a key that works, for nothing was made (P3)', async () => {
    const key = randomUUID();
    const apiKey = `key-${randomUUID()}`;
    const id = await createInstallation(service, { name: 'Refused', lever: { apiKey } });
    const createWebhook = () =>
      service.admin.post(`/admin/v1/installations/${id}/webhook`).set('idempotency-key', key);
    const refused = await createWebhook().expect(409);
    expect(refused.body).toMatchObject({ code: 'lever_refused' });
    await play.drive('POST', '/lever/keys', { key: apiKey });
    const created = await createWebhook().expect(201);
    const again = await createWebhook().expect(201);
    expect(again.body).toEqual(created.body);
  });

  it('are forgotten after 24 hours (P3)', async () => {
    const key = randomUUID();
    const first = await create(key, named('daily')).expect(201);
    service.clock.forward(23 * HOUR_MS);
    expect((await create(key, named('daily')).expect(201)).body).toEqual(first.body);
    service.clock.forward(2 * HOUR_MS);
    await service.part(IdempotentRequests).forgetOld();
    const rows = await service.database.query<{ count: string }[]>(
      'SELECT count(*) FROM idempotent_requests',
    );
    expect(Number(rows[0]?.count)).toBe(0);
    await create(key, named('daily')).expect(201);
    expect(await keysNamed('daily')).toBe(2);
  });

  /** As a process leaves it that dies while it carries a request out. */
  const interrupted = async (key: string, more: { tookEffect: boolean }): Promise<void> => {
    await service.database.query(
      `UPDATE idempotent_requests SET claim = gen_random_uuid(), answer_sealed = NULL,
         took_effect_at = CASE WHEN $2 THEN took_effect_at END WHERE key = $1`,
      [key, more.tookEffect],
    );
  };

  it('whose process died before the effect are carried out by the next who asks, after a minute (P3, F1)', async () => {
    const key = randomUUID();
    await create(key, named('died before')).expect(201);
    await interrupted(key, { tookEffect: false });
    const waiting = await create(key, named('died before')).expect(409);
    expect(waiting.body).toMatchObject({ code: 'idempotency_in_progress' });
    service.clock.forward(61_000);
    await create(key, named('died before')).expect(201);
  });

  it('whose process died with a clock that was ahead are not waited for until then (P3, F1)', async () => {
    const key = randomUUID();
    service.clock.forward(HOUR_MS);
    await create(key, named('died ahead')).expect(201);
    await interrupted(key, { tookEffect: false });
    service.clock.forward(-HOUR_MS);
    await create(key, named('died ahead')).expect(201);
  });

  it('whose replica has a clock that is a little ahead are waited for (P3)', async () => {
    const key = randomUUID();
    service.clock.forward(5_000);
    await create(key, named('a little ahead')).expect(201);
    await interrupted(key, { tookEffect: false });
    service.clock.forward(-5_000);
    const waiting = await create(key, named('a little ahead')).expect(409);
    expect(waiting.body).toMatchObject({ code: 'idempotency_in_progress' });
  });

  it('whose process died after the effect are never carried out again (P3, F1)', async () => {
    const key = randomUUID();
    await create(key, named('died after')).expect(201);
    await interrupted(key, { tookEffect: true });
    service.clock.forward(61_000);
    const lost = await create(key, named('died after')).expect(409);
    expect(lost.body).toMatchObject({ code: 'idempotency_answer_lost' });
    expect(await keysNamed('died after')).toBe(1);
  });

  it('whose turn was taken over while they were slow change nothing (P3)', async () => {
    const requests = service.part(IdempotentRequests);
    const request = { actor: 'test', key: randomUUID(), method: 'POST', path: '/x', body: {} };
    const slow = requests.once(request, async () => {
      await service.database.query(
        'UPDATE idempotent_requests SET claim = gen_random_uuid() WHERE key = $1',
        [request.key],
      );
      await service.send(forgetAnswers, {});
      return { headers: {}, body: {} };
    });
    await expect(slow).rejects.toMatchObject({ code: 'idempotency_in_progress' });
  });
});
