import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { leverWebhook, Play } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

const LIMITS = { caller: 40, address: 100, refusals: 10 };
const ORDERS = '/admin/v1/orders';

describe('too many requests (A5, T1)', () => {
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService({
      ADMIN_REQUESTS_PER_MINUTE: String(LIMITS.caller),
      ADDRESS_REQUESTS_PER_MINUTE: String(LIMITS.address),
      ADDRESS_REFUSALS_PER_MINUTE: String(LIMITS.refusals),
      // The tests themselves stand in front of it, and say from where they call.
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
    play = new Play(service);
    await play.setUp();
    service.clock.stand();
  });
  afterAll(() => service.stop());

  const statusesOf = async (count: number, call: () => supertest.Test): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < count; i++) statuses.push((await call()).status);
    return statuses;
  };
  const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status);
  const expectRefused = (answer: supertest.Response, seconds: number): void => {
    expect(answer.status, JSON.stringify(answer.body)).toBe(429);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['retry-after']).toBe(String(seconds));
    expect(answer.body).toMatchObject({ status: 429, code: 'too_many_requests' });
  };
  const refusedCount = async (): Promise<number> => {
    const rows = await service.database.query<{ count: string }[]>(
      `SELECT count(*) FROM audit_entries WHERE action = 'webhook.refused'`,
    );
    return Number(rows[0]?.count);
  };

  it('by one key are told when to come again, and other keys are served (A5)', async () => {
    const [busy, other] = [await adminWithRole(service, 'viewer'), await adminWithRole(service, 'viewer')];
    const call = (): supertest.Test => busy.get(ORDERS).set('x-forwarded-for', '192.0.2.1');
    expect(await statusesOf(LIMITS.caller, call)).toEqual(times(LIMITS.caller, 200));
    const refused = await call();
    expectRefused(refused, 2);
    expect(refused.headers).toMatchObject({
      'ratelimit-policy': `"minute";q=${LIMITS.caller};w=60`,
      ratelimit: '"minute";r=0;t=60',
    });
    const served = await other.get(ORDERS).set('x-forwarded-for', '192.0.2.1').expect(200);
    expect(served.headers['ratelimit']).toBe(`"minute";r=${LIMITS.caller - 1};t=2`);
    await other.get(ORDERS).set('x-forwarded-for', '192.0.2.1').expect(200);
    service.clock.forward(2_000);
    expect((await call()).status).toBe(200);
    const metrics = await service.anyone.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/^bgc_requests_throttled_total\{by="caller"\} [1-9]/m);
  });

  it('from one address are told when to come again, and other addresses are served (A5)', async () => {
    const from = (address: string) => (): supertest.Test =>
      service.anyone.get('/oauth/lever/callback').set('x-forwarded-for', address);
    const statuses = await statusesOf(LIMITS.address, from('2001:db8:1:2::1'));
    expect(statuses).toEqual(times(LIMITS.address, 400));
    expectRefused(await from('2001:db8:1:2:ffff::7')(), 1);
    expect((await from('2001:db8:1:3::1')()).status).toBe(400);
    const viewer = await adminWithRole(service, 'viewer');
    expectRefused(await viewer.get(ORDERS).set('x-forwarded-for', '2001:db8:1:2::9'), 1);
  });

  it('that are forged deliveries cost a look at the signature and no more, and keep no delivery of Lever out (T1)', async () => {
    const forge = (address: string) => (): supertest.Test =>
      play.knock({ ...leverWebhook(), signature: 'f'.repeat(64) }).set('x-forwarded-for', address);
    const before = await refusedCount();
    expect(await statusesOf(LIMITS.refusals, forge('198.51.100.1'))).toEqual(times(LIMITS.refusals, 401));
    expectRefused(await forge('198.51.100.1')(), 6);
    expect((await refusedCount()) - before).toBe(1);
    expect((await forge('198.51.100.2')()).status).toBe(401);
    // Lever's addresses are shared by all its customers, strangers among them.
    await play.knock(leverWebhook()).set('x-forwarded-for', '198.51.100.1').expect(200);
    service.clock.forward(6_000);
    expect((await forge('198.51.100.1')()).status).toBe(401);
  });

  it('that are wrong callbacks and wrong keys likewise; the right secret and the right key are served (T1, V1, A5)', async () => {
    const address = '203.0.113.9';
    const callback = (secret: string): supertest.Test =>
      service.anyone
        .post('/webhooks/victig')
        .set('x-forwarded-for', address)
        .set('authorization', secret)
        .send({ event: 'order.created', resourceGuid: randomUUID() });
    const wrongKey = (): supertest.Test =>
      service.anyone
        .get(ORDERS)
        .set('x-forwarded-for', address)
        .set('authorization', `Bearer ${randomUUID()}`);
    expect(await statusesOf(5, () => callback('wrong'))).toEqual(times(5, 401));
    expect(await statusesOf(5, wrongKey)).toEqual(times(5, 401));
    expectRefused(await callback('wrong'), 6);
    expectRefused(await wrongKey(), 6);
    await callback(CALLBACK_SECRET).expect(200);
    const viewer = await adminWithRole(service, 'viewer');
    await viewer.get(ORDERS).set('x-forwarded-for', address).expect(200);
  });
});
