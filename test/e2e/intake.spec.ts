import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Transactions } from '../../src/platform/database/transactions.js';
import { DeliveryMovedOn, Inbox } from '../../src/platform/webhooks/inbox.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const onServer = inject('databaseTemplate').kind === 'server' ? describe : describe.skip;

describe('deliveries that come at the same time', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const deliver = async (body: object): Promise<number> => {
    const answer = await fetch(`${service.url}/webhooks/lever/${play.installation.id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.status;
  };

  it('are each kept once and queued once, however often each of them comes (T2, F1)', async () => {
    const wanted = Array.from({ length: 60 }, (_, n) =>
      leverWebhook({ data: { opportunityId: `nobody-${n}`, toStageId: TRIGGER_STAGE } }),
    );
    const unwanted = Array.from({ length: 20 }, (_, n) =>
      leverWebhook({ data: { opportunityId: `other-${n}`, toStageId: 'offer' } }),
    );
    const forged = Array.from({ length: 20 }, () => leverWebhook({}, 'a guess'));
    const shuffled = [wanted, unwanted, wanted, forged, wanted.toReversed()].flat();
    const statuses = await Promise.all(shuffled.map(deliver));
    expect(statuses.filter((status) => status === 200)).toHaveLength(200);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    const [kept] = await service.database.query<object[]>(
      `SELECT count(*)::int AS kept, count(*) FILTER (WHERE reason = 'other_stage')::int AS ignored,
              count(DISTINCT facts ->> 'opportunityId')::int AS distinct FROM deliveries`,
    );
    expect(kept).toEqual({ kept: 80, ignored: 20, distinct: 80 });
    // Each of them had one job of its own: Lever knows none of these opportunities.
    await eventually(async () => {
      const [settled] = await service.database.query<object[]>(
        `SELECT count(*)::int AS settled FROM deliveries WHERE reason = 'opportunity_not_found'`,
      );
      expect(settled).toEqual({ settled: 60 });
    }, 60_000);
    const reads = (await play.drive<{ operation: string }[]>('GET', '/calls')).filter(({ operation }) =>
      operation.endsWith('/opportunities/:id'),
    );
    expect(reads).toHaveLength(60);
  });
});

describe('a delivery that another run decided meanwhile', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  it('is not written over by a run that stood still (F1, T7)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const [delivery] = await service.database.query<{ installation_id: string; id: string }[]>(
      `SELECT installation_id, id FROM deliveries WHERE source = 'lever' AND outcome = 'acted_on'`,
    );
    const ref = { installationId: delivery?.installation_id ?? '', deliveryId: delivery?.id ?? '' };
    const inbox = service.part(Inbox);
    const end = { outcome: 'ignored', reason: 'late' } as const;
    const late = service.part(Transactions).run((tx) => inbox.decide(tx, ref, end));
    await expect(late).rejects.toThrow(DeliveryMovedOn);
    expect(await inbox.find(ref)).toMatchObject({ outcome: 'acted_on', reason: null });
  });
});

onServer('what a door keeps in memory of an installation (on PostgreSQL only)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const send = async (body = leverWebhook()): Promise<number> =>
    (await service.anyone.post(`/webhooks/lever/${play.installation.id}`).send(body)).status;

  const reasonOfLatest = async (): Promise<string | null> => {
    const [latest] = await service.database.query<{ reason: string | null }[]>(
      'SELECT reason FROM deliveries ORDER BY id DESC LIMIT 1',
    );
    return latest?.reason ?? null;
  };

  it('is out of date as soon as another replica changes it: a paused one orders nothing (T5)', async () => {
    await send(leverWebhook({ event: 'candidateHired' }));
    // What another replica does reaches this one by the database alone.
    await service.database.query(`UPDATE installations SET state = 'paused'`);
    await eventually(async () => {
      await send();
      expect(await reasonOfLatest()).toBe('installation_paused');
    });
    await service.database.query(`UPDATE installations SET state = 'active'`);
    await eventually(async () => {
      await send(leverWebhook({ data: { opportunityId: 'nobody', toStageId: 'offer' } }));
      expect(await reasonOfLatest()).toBe('other_stage');
    });
  });

  it('no longer has a signature token that was ended elsewhere (I6)', async () => {
    expect(await send()).toBe(200);
    await service.database.query(`DELETE FROM installation_secrets WHERE kind = 'signature_token'`);
    await eventually(async () => expect(await send()).toBe(401));
  });

  it('is read anew after the connection that hears of changes was lost', async () => {
    await service.admin
      .post(`/admin/v1/installations/${play.installation.id}/signature-tokens`)
      .send({ token: 'a new token of ours' })
      .expect(201);
    const signed = (): ReturnType<typeof leverWebhook> => leverWebhook({}, 'a new token of ours');
    expect(await send(signed())).toBe(200);
    const [cut] = await service.database.query<object[]>(
      `SELECT count(pg_terminate_backend(pid))::int AS cut FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'lever-victig-changes'`,
    );
    expect(cut).toEqual({ cut: 1 });
    await service.database.query(`DELETE FROM installation_secrets WHERE kind = 'signature_token'`);
    await eventually(async () => expect(await send(signed())).toBe(401));
  });
});
