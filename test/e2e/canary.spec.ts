import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type supertest from 'supertest';
import { SEED } from '../../sandbox/seed.ts';
import { OrderVault } from '../../src/orders/order-vault.js';
import { OrderRow } from '../../src/orders/order.entity.js';
import { dumpDatabase } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { ADMIN_KEY, CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';
import { tracesOf } from '../support/traces.js';

const mark = (): string => randomBytes(8).toString('hex');

/** A person whose every detail can be told from all else in the world. */
const PERSON = {
  firstName: `Zoë${mark()}`,
  lastName: `Quintero${mark()}`,
  email: `zoe.${mark()}@example.com`,
  otherEmail: `z.${mark()}@example.org`,
  phone: '(628) 266-7391',
  phoneDigits: '6282667391',
  tag: `met Zoë ${mark()}`,
};
const NAME = `${PERSON.firstName} ${PERSON.lastName}`;

/** What a report holds and only its reader may see. */
const REPORT = {
  ssn: '111-22-3333',
  dateOfBirth: '1992-10-22',
  address: `12 Elm${mark()} Street`,
  charge: `GRAND THEFT ${mark()}`,
  keyedLink: `interchangeview/?a=${mark()}`,
};

const SECRETS = {
  adminKey: ADMIN_KEY,
  callbackSecret: CALLBACK_SECRET,
  signatureToken: SIGNATURE_TOKEN,
  leverApiKey: SEED.lever.apiKey,
  victigToken: SEED.victig.token,
  encryptionKey: randomBytes(32).toString('base64'),
  clientSecret: `client-secret-${mark()}`,
  ownWebhookSecret: `own-webhook-secret-${mark()}`,
  triedKey: `lvk_${mark()}${mark()}`,
};

/** What a vendor's failure may quote, and a stranger may send. */
const QUOTE = [NAME, PERSON.email, PERSON.phone, REPORT.ssn, SECRETS.victigToken].join(' ');

describe('a whole flow with all its failures, of marked people and secrets (A3, A4)', () => {
  let service: TestService;
  let play: Play;
  const logged: string[] = [];
  const answers: string[] = [];
  const orders: string[] = [];
  let number = 0;

  beforeAll(async () => {
    service = await startTestService(
      {
        ENCRYPTION_KEYS: `canary:${SECRETS.encryptionKey}`,
        LEVER_CLIENT_ID: 'canary',
        LEVER_CLIENT_SECRET: SECRETS.clientSecret,
        ERROR_AFTER_SECONDS: '0',
        LOG_LEVEL: 'trace',
      },
      logged,
    );
    play = new Play(service);
    await play.setUp(
      {},
      { victig: { clientGuid: SEED.victig.clients.main, webhookSecret: SECRETS.ownWebhookSecret } },
    );
  });
  afterAll(() => service.stop());

  const candidate = (fields: object = {}): Promise<string> =>
    play.candidate({
      name: NAME,
      // Each its own, by which the sandbox tells its orders.
      emails: [`${(number += 1)}.${PERSON.email}`, PERSON.otherEmail],
      phones: [PERSON.phone],
      tags: [PERSON.tag],
      ...fields,
    });

  const fault = (vendor: string, method: string, path: string, kind: object): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor,
      match: { method, path },
      times: 1,
      body: { code: 'VALIDATION_EXCEPTION', message: QUOTE, fields: { email: [QUOTE] } },
      ...kind,
    });
  const status = (code: number): object => ({ kind: 'status', status: code });

  /** Sends a request that is refused, and keeps the whole answer. */
  const refused = async (request: supertest.Test, expected: number): Promise<void> => {
    const answer = await request;
    expect(answer.status, answer.text).toBe(expected);
    answers.push(JSON.stringify(answer.headers), answer.text);
  };

  const completed = async (opportunityId: string): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/additions`, {
      detail: { ssn: REPORT.ssn, applicantDateOfBirth: REPORT.dateOfBirth, reportUrl: REPORT.keyedLink },
      search: { searchNotes: REPORT.charge, results: { addressInfos: [{ streetOne: REPORT.address }] } },
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true, decision: 'Eligible' });
    await play.untilStatus(opportunityId, 'Complete');
  };

  it.each<[string, [string, string, string, object][]]>([
    [
      'server errors and a connection that ends before the work',
      [
        ['lever', 'GET', '/opportunities/[^/]+$', status(500)],
        ['victig', 'POST', '/applicants$', { kind: 'drop_before' }],
        ['lever', 'POST', '/addTags', status(503)],
      ],
    ],
    [
      'answers that cannot be read and refused credentials',
      [
        ['lever', 'GET', '/opportunities/[^/]+$', { kind: 'garbage' }],
        ['victig', 'POST', '/applicants$', status(401)],
      ],
    ],
    [
      'limits and a connection that ends after the work',
      [
        ['lever', 'GET', '/opportunities/[^/]+$', status(429)],
        ['victig', 'POST', '/orders$', status(429)],
        ['lever', 'POST', '/addTags', { kind: 'drop_after' }],
      ],
    ],
  ])('goes through an order in spite of %s', async (_what, faults) => {
    for (const [vendor, method, path, kind] of faults) await fault(vendor, method, path, kind);
    const opportunityId = await candidate();
    await play.move(opportunityId);
    if (JSON.stringify(faults).includes('401')) {
      await play.untilStatus(opportunityId, 'Error');
      // Refused credentials are tried again after minutes, or when a recruiter asks.
      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId, TRIGGER_STAGE);
    }
    await play.untilStatus(opportunityId, 'Pending');
    await fault('victig', 'GET', '/searches', status(400));
    // Whether a note is there after a 5xx is looked up after a minute only; a limit leaves no doubt.
    await fault('lever', 'POST', '/notes', status(429));
    await completed(opportunityId);
    const { id } = await play.order(opportunityId);
    orders.push(id);
    // What was sealed is there, and can be read by the service: else there would be nothing to hide.
    const row = await service.database.manager.findOneByOrFail(OrderRow, { id });
    expect(JSON.stringify(await service.part(OrderVault).content(row))).toContain(PERSON.lastName);
  });

  it('refuses orders, by itself and by VICTIG', async () => {
    const nameless = await candidate({ emails: ['no-address'] });
    await play.move(nameless);
    await play.untilStatus(nameless, 'Rejected');
    await fault('victig', 'POST', '/applicants$', status(400));
    const unwanted = await candidate();
    await play.move(unwanted);
    await play.untilStatus(unwanted, 'Rejected');
    for (const id of [nameless, unwanted]) orders.push((await play.order(id)).id);
  });

  it('meets strangers at the doors', async () => {
    const person = { opportunityId: PERSON.email, toStageId: NAME, fromStageId: PERSON.phone, name: NAME };
    await refused(play.knock(leverWebhook({ data: person }, SECRETS.triedKey)), 401);
    await refused(play.knock(`{"data": "${QUOTE}`), 400);
    await refused(play.knock(`{"data": "${QUOTE}", "data": "${SECRETS.triedKey}"}`), 400);
    await play.knock(leverWebhook({ event: NAME, data: person })).expect(200);
    await play.knock(leverWebhook({ data: person })).expect(200);
    const callback = {
      event: 'order.completed',
      resourceGuid: PERSON.email,
      externalIdentifier: PERSON.email,
    };
    const call = (secret: string, body: object): supertest.Test =>
      service.anyone.post('/webhooks/victig').set('authorization', secret).send(body);
    await refused(call(SECRETS.triedKey, callback), 401);
    await refused(call(CALLBACK_SECRET, { event: NAME }), 400);
    const path = `/v1/clients/x/orders/${mark()}`;
    await call(CALLBACK_SECRET, { ...callback, resourcePath: path, applicant: NAME }).expect(200);
  });

  it('refuses callers of the admin API', async () => {
    const { admin, anyone } = service;
    await refused(anyone.get('/admin/v1/orders').set('authorization', `Bearer ${SECRETS.triedKey}`), 401);
    await refused(admin.get(`/admin/v1/orders/${encodeURIComponent(PERSON.email)}`), 400);
    await refused(admin.get('/admin/v1/orders').query({ limit: PERSON.email }), 400);
    await refused(admin.get(`/admin/v1/${encodeURIComponent(NAME)}`).set('x-request-id', PERSON.email), 404);
    const installation = `/admin/v1/installations/${play.installation.id}`;
    await refused(admin.post(`${installation}/preview`).send({ candidate: NAME, email: PERSON.email }), 400);
    await refused(admin.post('/admin/v1/installations').send({ name: 7, lever: { apiKey: 1 } }), 400);
    await refused(
      anyone.get('/oauth/lever/callback').query({ code: SECRETS.triedKey, state: PERSON.email }),
      400,
    );
    // A preview shows the candidate to who asks, and keeps nothing.
    const preview = await admin
      .post(`${installation}/preview`)
      .send({ candidate: { name: NAME, emails: [PERSON.email], phones: [PERSON.phone], tags: [PERSON.tag] } })
      .expect(200);
    expect(JSON.stringify(preview.body)).toContain(PERSON.lastName);
  });

  it('fails unexpectedly, with a database that quotes what it was given', async () => {
    const { database } = service;
    await database.query(
      `CREATE FUNCTION quote_it() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION '%', '${QUOTE}'; END $$`,
    );
    await database.query(
      'CREATE TRIGGER quote_it BEFORE INSERT ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION quote_it()',
    );
    await refused(play.knock(leverWebhook({ data: { opportunityId: 'nobody' } })), 503);
    await database.query('DROP TRIGGER quote_it ON deliveries');
    await database.query(
      'CREATE TRIGGER quote_it BEFORE INSERT ON installation_secrets FOR EACH STATEMENT EXECUTE FUNCTION quote_it()',
    );
    const tokens = `/admin/v1/installations/${play.installation.id}/signature-tokens`;
    await refused(service.admin.post(tokens).send({ token: SECRETS.triedKey }), 500);
    await database.query('DROP TRIGGER quote_it ON installation_secrets');
    await database.query(
      'CREATE TRIGGER quote_it BEFORE INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION quote_it()',
    );
    const opportunityId = await candidate();
    await play.move(opportunityId);
    await eventually(() => expect(logged.join('')).toContain('QueryFailedError (P0001)'));
    await database.query('DROP TRIGGER quote_it ON orders');
    await database.query('DROP FUNCTION quote_it');
    await play.untilStatus(opportunityId, 'Pending');
    await completed(opportunityId);
    orders.push((await play.order(opportunityId)).id);
  });

  const exported = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    return (await fetch(`${service.url}/admin/v1/audit/export`, { headers })).text();
  };

  const written = async (): Promise<Record<string, string>> => ({
    database: await dumpDatabase(service.database),
    logs: logged.join(''),
    metrics: (await service.anyone.get('/metrics').expect(200)).text,
    answers: answers.join('\n'),
    audit: await exported(),
    orders: (await service.admin.get('/admin/v1/orders').expect(200)).text,
    timelines: JSON.stringify(await Promise.all(orders.map((id) => play.timeline(id)))),
    deliveries: (await service.admin.get('/admin/v1/deliveries').expect(200)).text,
    deadLetters: (await service.admin.get('/admin/v1/dead-letters').expect(200)).text,
  });

  it('has written none of it anywhere: database, queue, logs, metrics, errors, audit (A3, A4)', async () => {
    const places = await written();
    // Each place has something in it, and the log has all levels of trouble.
    expect(places['database']).toContain(orders[0]);
    expect(places['database']).toContain('pgboss.job');
    expect(places['logs']).toContain('a job failed and is tried again');
    expect(places['logs']).toContain('a request failed unexpectedly');
    expect(places['logs']).toContain('deliveries could not be kept');
    expect(places['metrics']).toContain('webhook_refused_total');
    expect(places['audit']).toContain('victig.order_placed');
    expect(tracesOf({ ...PERSON, ...REPORT, ...SECRETS }, places)).toEqual([]);
  });

  it('has nothing left of the people once they are erased, and a whole audit chain (A2, A3)', async () => {
    for (const id of orders) {
      await service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
    }
    await eventually(async () => {
      for (const id of orders) expect(await play.lastStep(id)).toBe('removed_from_lever');
    });
    expect(tracesOf({ ...PERSON, ...REPORT, ...SECRETS }, await written())).toEqual([]);
    const causes = await service.database.query<{ cause: string | null; settings_version: number | null }[]>(
      'SELECT DISTINCT split_part(cause, $1, 1) AS cause, settings_version FROM audit_entries WHERE order_id IS NOT NULL',
      [':'],
    );
    expect(causes.toSorted((a, b) => String(a.cause).localeCompare(String(b.cause)))).toEqual([
      { cause: 'job', settings_version: 1 },
      { cause: 'request', settings_version: 1 },
    ]);
    const [{ keys } = { keys: -1 }] = await service.database.query<{ keys: number }[]>(
      'SELECT count(*)::int AS keys FROM order_keys',
    );
    expect(keys).toBe(0);
    const verified = await service.admin.get('/admin/v1/audit/verify').expect(200);
    expect(verified.body).toMatchObject({ ok: true, first: null });
  });
});
