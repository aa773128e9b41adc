import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const DAY_MS = 24 * 3_600 * 1_000;
const MINUTE_MS = 60_000;

describe("the door for Lever's webhooks", () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());
  beforeEach(() => service.database.query('DELETE FROM deliveries'));

  /** Of the deliveries that are kept: a job of an earlier test may still be at work, or be tried again. */
  const jobsOf = async (): Promise<number> => {
    const [row] = await service.database.query<{ count: string }[]>(
      `SELECT count(*) FROM pgboss.job WHERE name = 'place-order' AND NOT data -> 'payload' ? 'secondLook'
         AND data -> 'payload' ->> 'deliveryId' IN (SELECT id::text FROM deliveries)`,
    );
    return Number(row?.count);
  };

  it('lets in what a signature token has signed, and keeps it with its job before it answers (T1, T2)', async () => {
    const before = await jobsOf();
    await play.knock(leverWebhook()).expect(200);
    expect(await play.deliveries()).toHaveLength(1);
    expect(await jobsOf()).toBe(before + 1);
  });

  it('answers a second delivery with the same token 200 and changes nothing (T2)', async () => {
    const webhook = leverWebhook();
    const before = await jobsOf();
    await play.knock(webhook).expect(200);
    await play.knock(webhook).expect(200);
    // What is not signed may differ: the token is what makes it the same.
    await play.knock({ ...webhook, data: { opportunityId: 'someone-else' } }).expect(200);
    expect(await play.deliveries()).toHaveLength(1);
    expect(await jobsOf()).toBe(before + 1);
  });

  it('keeps one of many that arrive at once with the same token (T2)', async () => {
    const webhook = leverWebhook();
    const before = await jobsOf();
    const answers = await Promise.all(Array.from({ length: 10 }, () => play.knock(webhook)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(await play.deliveries()).toHaveLength(1);
    expect(await jobsOf()).toBe(before + 1);
  });

  const good = leverWebhook();
  const signature = String(good['signature']);
  it.each([
    ['no signature', { ...good, signature: undefined }],
    ['a null signature', { ...good, signature: null }],
    ['an empty signature', { ...good, signature: '' }],
    ['a wrong signature', { ...good, signature: randomBytes(32).toString('hex') }],
    ['a truncated signature', { ...good, signature: signature.slice(0, 62) }],
    ['a signature that is too long', { ...good, signature: `${signature}00` }],
    ['a signature in capitals', { ...good, signature: signature.toUpperCase() }],
    ['a signature with white space', { ...good, signature: ` ${signature}` }],
    ['a signature in a list', { ...good, signature: [signature] }],
    ['another token', { ...good, token: 'another' }],
    ['a token that is a number', { ...good, token: 7 }],
    ['another time', { ...good, triggeredAt: Number(good['triggeredAt']) + 1 }],
    ['a time as text', { ...good, triggeredAt: String(good['triggeredAt']) }],
    ['the signature of another key', leverWebhook({}, 'not-a-token-of-the-installation')],
    ['nothing at all', {}],
  ])('refuses %s with 401 and keeps nothing (T1)', async (_name, body) => {
    const answer = await play.knock(body).expect(401);
    expect(answer.body).toMatchObject({ status: 401, code: 'signature_refused' });
    expect(await play.deliveries()).toEqual([]);
  });

  it('does not take the header that some sources claim for a signature (T1)', async () => {
    const body = JSON.stringify({ ...good, signature: undefined });
    const header = createHmac('sha256', SIGNATURE_TOKEN).update(body).digest('hex');
    await play.knock(body).set('lever-signature', header).expect(401);
  });

  it('answers an unknown installation like a wrong signature (T1)', async () => {
    const wrong = await play.knock({ ...good, signature: 'no' }).expect(401);
    for (const id of [randomUUID(), 'no-uuid', '%00']) {
      const unknown = await play.knock(leverWebhook(), id).expect(401);
      expect(unknown.body).toEqual(wrong.body);
    }
    expect(await play.deliveries()).toEqual([]);
  });

  it.each(['[]', '"text"', '7', 'null', '{', ''])('answers the body %j with 400 (T1)', async (body) => {
    await play.knock(body).expect(400);
  });

  it('puts at most one refusal a minute on record for each installation, and counts all (T1)', async () => {
    // Forward to the beginning of a minute in which nothing was refused yet.
    service.clock.forward(MINUTE_MS - (service.clock.now().getTime() % MINUTE_MS));
    const entries = async (): Promise<number> => {
      const rows = await service.database.query<unknown[]>(
        `SELECT 1 FROM audit_entries WHERE action = 'webhook.refused'`,
      );
      return rows.length;
    };
    const before = await entries();
    for (let time = 0; time < 5; time++) await play.knock({ ...good, signature: 'no' }).expect(401);
    expect(await entries()).toBe(before + 1);
    service.clock.forward(MINUTE_MS);
    await play.knock({ ...good, signature: 'no' }).expect(401);
    expect(await entries()).toBe(before + 2);
    const metrics = await service.anyone.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/webhook_refused_total\{door="lever",reason="signature"\} \d+/);
  });

  it('lets in deliveries of up to 15 days ago and 5 minutes ahead, and no others (T3)', async () => {
    const now = service.clock.now().getTime();
    await play.knock(leverWebhook({ triggeredAt: now - 15 * DAY_MS + MINUTE_MS })).expect(200);
    await play.knock(leverWebhook({ triggeredAt: now + 4 * MINUTE_MS })).expect(200);
    await play.knock(leverWebhook({ triggeredAt: now - 15 * DAY_MS - MINUTE_MS })).expect(401);
    await play.knock(leverWebhook({ triggeredAt: now + 6 * MINUTE_MS })).expect(401);
    // Lever sends milliseconds; seconds are long ago.
    await play.knock(leverWebhook({ triggeredAt: Math.floor(now / 1_000) })).expect(401);
    expect(await play.deliveries()).toHaveLength(2);
  });

  it('answers the ping of "Verify connection" 200 and orders nothing (T4)', async () => {
    const before = await jobsOf();
    await play.knock(leverWebhook({ data: {} })).expect(200);
    expect(await play.deliveries()).toEqual([
      { source: 'lever', event: 'candidateStageChange', outcome: 'ignored', reason: 'verification_ping' },
    ]);
    expect(await jobsOf()).toBe(before);
  });

  it.each([
    ['another event', { event: 'candidateHired' }, 'other_event'],
    ['another stage', { data: { opportunityId: 'x', toStageId: OTHER_STAGE } }, 'other_stage'],
    ['no stage', { data: { opportunityId: 'x' } }, 'other_stage'],
    ['no opportunity', { data: { toStageId: TRIGGER_STAGE } }, 'no_opportunity_named'],
    [
      'an opportunity id that is a path',
      { data: { opportunityId: '../users', toStageId: TRIGGER_STAGE } },
      'no_opportunity_named',
    ],
    ['data of the wrong type', { data: 'text' }, 'no_opportunity_named'],
    ['no data', { data: undefined }, 'no_opportunity_named'],
  ])('records %s as ignored, with the reason (T5)', async (_name, changes, reason) => {
    const before = await jobsOf();
    await play.knock(leverWebhook(changes)).expect(200);
    const [delivery] = await play.deliveries();
    expect(delivery).toMatchObject({ outcome: 'ignored', reason });
    expect(await jobsOf()).toBe(before);
  });

  it('records deliveries of a paused installation as ignored (T5)', async () => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    await service.admin.post(`${path}/pause`).expect(200);
    await play.knock(leverWebhook()).expect(200);
    expect((await play.deliveries())[0]).toMatchObject({
      outcome: 'ignored',
      reason: 'installation_paused',
    });
    await service.admin.post(`${path}/activate`).expect(200);
  });

  it('asks Lever before it orders: what the webhook claims is not signed (T6)', async () => {
    const elsewhere = await play.candidate();
    await play
      .knock(leverWebhook({ data: { opportunityId: elsewhere, toStageId: TRIGGER_STAGE } }))
      .expect(200);
    await play
      .knock(leverWebhook({ data: { opportunityId: 'nobody', toStageId: TRIGGER_STAGE } }))
      .expect(200);
    await eventually(async () => {
      const outcomes = (await play.deliveries()).map(({ outcome, reason }) => ({ outcome, reason }));
      expect(outcomes).toEqual([
        { outcome: 'ignored', reason: 'not_in_trigger_stage' },
        { outcome: 'ignored', reason: 'opportunity_not_found' },
      ]);
    });
    expect(await play.ordersAtVictig(elsewhere)).toEqual([]);
  });

  describe('a candidate who is not there yet when Lever is asked', () => {
    const SECOND_LOOK = `name = 'place-order' AND state < 'active' AND data -> 'payload' ->> 'opportunityId' = $1`;
    const ignored = { outcome: 'ignored', reason: 'not_in_trigger_stage' };

    const ofLever = async (): ReturnType<Play['deliveries']> =>
      (await play.deliveries()).filter(({ source }) => source === 'lever');

    /** Has Lever told of a move that it does not know of yet. */
    const tooEarly = async (): Promise<string> => {
      const opportunityId = await play.candidate();
      await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
      await eventually(async () => expect(await ofLever()).toMatchObject([ignored]));
      return opportunityId;
    };
    /** Waits until one look is to be taken, a minute from now, and has it taken now. */
    const lookAgain = async (opportunityId: string): Promise<void> => {
      const [job, ...others] = await service.database.query<{ waits: number }[]>(
        `SELECT extract(epoch FROM start_after - now())::float AS waits FROM pgboss.job WHERE ${SECOND_LOOK}`,
        [opportunityId],
      );
      expect(others).toEqual([]);
      expect(job?.waits).toBeGreaterThan(30);
      await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE ${SECOND_LOOK}`, [
        opportunityId,
      ]);
    };
    const untilLooked = (opportunityId: string): Promise<void> =>
      untilDone(service, ['place-order'], { opportunityId });

    it('is ordered for when a second look finds them (T6)', async () => {
      const opportunityId = await tooEarly();
      await play.drive('PATCH', '/lever/behaviour', { silentEvents: ['candidateStageChange'] });
      await play.move(opportunityId);
      await play.drive('PATCH', '/lever/behaviour', { silentEvents: [] });
      await lookAgain(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
      expect(await ofLever()).toMatchObject([{ outcome: 'acted_on', reason: null }]);
    });

    it('is ordered for once, where another delivery tells of them meanwhile (T6, T7)', async () => {
      const opportunityId = await tooEarly();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      await lookAgain(opportunityId);
      await untilLooked(opportunityId);
      expect(await ofLever()).toMatchObject([
        { outcome: 'ignored', reason: 'order_open' },
        { outcome: 'acted_on', reason: null },
      ]);
      await play.orderAtVictig(opportunityId);
    });

    it('and is not there later either stays ignored, and is not looked for any more (T6)', async () => {
      const opportunityId = await tooEarly();
      await lookAgain(opportunityId);
      await untilLooked(opportunityId);
      expect(await ofLever()).toMatchObject([ignored]);
      expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    });

    it('stays ignored while the installation is paused (T5, T6)', async () => {
      const opportunityId = await tooEarly();
      const path = `/admin/v1/installations/${play.installation.id}`;
      await service.admin.post(`${path}/pause`).expect(200);
      await play.move(opportunityId);
      await lookAgain(opportunityId);
      await untilLooked(opportunityId);
      await eventually(async () => expect(await ofLever()).toHaveLength(2));
      expect(await ofLever()).toMatchObject([ignored, { outcome: 'ignored', reason: 'installation_paused' }]);
      await service.admin.post(`${path}/activate`).expect(200);
      expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    });
  });

  it('orders nothing for an archived opportunity (T6)', async () => {
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    await play.drive('POST', `/lever/opportunities/${opportunityId}/archive`, {
      reason: 'a4c41e00-0000-4000-8000-000000000002',
    });
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await eventually(async () => {
      expect((await play.deliveries())[0]).toMatchObject({ outcome: 'ignored', reason: 'archived' });
    });
  });

  it('refuses what is no JSON, too large or too deep, and changes nothing (F6)', async () => {
    await play.knock('a=b').set('content-type', 'application/x-www-form-urlencoded').expect(415);
    await play.knock(JSON.stringify({ pad: 'x'.repeat(1_100_000) })).expect(413);
    await play.knock(`{"a":${'['.repeat(65)}${']'.repeat(65)}}`).expect(400);
    await play.knock('{"a":"\\u0000"}').expect(400);
    expect(await play.deliveries()).toEqual([]);
  });

  it.each([
    ['token', '"token":"another"'],
    ['triggeredAt', '"triggeredAt":0'],
    ['signature', '"\\u0073ignature":"f"'],
    ['event', '"event":"candidateStageChange"'],
    ['data', '"data":{"opportunityId":"another"}'],
    ['data.toStageId', '"data":{"toStageId":"a","toStageId":"b"}'],
  ])(
    'refuses a signed body that says %s twice with 400, for it means two things (T1, F6)',
    async (path, more) => {
      const { data: _data, ...rest } = leverWebhook();
      const body = JSON.stringify(path === 'data.toStageId' ? rest : leverWebhook());
      const answers = [`{${more},${body.slice(1)}`, `${body.slice(0, -1)},${more}}`].map((twice) =>
        play.knock(twice),
      );
      for (const answer of await Promise.all(answers)) {
        expect(answer.status).toBe(400);
        expect(answer.body).toMatchObject({ code: 'malformed_request', errors: [{ path }] });
      }
      expect(await play.deliveries()).toEqual([]);
    },
  );
});
