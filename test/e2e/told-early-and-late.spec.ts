import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { endHold } from '../support/holds.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone, untilNoneRuns } from '../support/until-done.js';

const HOUR_MS = 3_600_000;
/** Later than a second webhook of the same move is told of. */
const MUCH_LATER_MS = 6_000;

describe('what Lever tells and what it answers', () => {
  let service: TestService;
  let play: Play;
  let apiKey: string;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    apiKey = `key-${randomUUID()}`;
    await play.drive('POST', '/lever/keys', { key: apiKey });
    await play.setUp({}, { lever: { apiKey } });
  });
  afterEach(async () => {
    await play.drive('PATCH', '/lever/behaviour', { silentEvents: [] });
    for (const path of ['/faults', '/lever/webhooks', '/victig/callbacks']) await play.drive('DELETE', path);
  });

  /** The opportunity as Lever answers it now. */
  const record = async (id: string): Promise<{ data: Record<string, unknown> }> => {
    const answer = await fetch(`${service.sandbox.leverApiUrl}/opportunities/${id}?expand=applications`, {
      headers: { authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}` },
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { data: Record<string, unknown> };
  };
  /** Has Lever answer so for a while, or once. */
  const answerWith = (id: string, body: object, times: number | null = 1, status = 200): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'GET', path: `/opportunities/${id}$` },
      kind: 'status',
      status,
      times,
      body,
    });
  const notFound = (id: string): Promise<unknown> =>
    answerWith(id, { code: 'ResourceNotFound', message: 'not found' }, 1, 404);
  const silently = async (work: () => Promise<unknown>): Promise<void> => {
    await play.drive('PATCH', '/lever/behaviour', { silentEvents: ['candidateStageChange'] });
    await work();
    await play.drive('PATCH', '/lever/behaviour', { silentEvents: [] });
  };
  const tell = (opportunityId: string, afterMs = 0): Promise<unknown> =>
    play
      .knock(
        leverWebhook({
          triggeredAt: Date.now() + afterMs,
          data: { opportunityId, toStageId: TRIGGER_STAGE },
        }),
      )
      .expect(200);
  const decided = (opportunityId: string): Promise<{ outcome: string; reason: string | null }[]> =>
    service.database.query(
      `SELECT outcome, reason FROM deliveries WHERE source = 'lever' AND facts ->> 'opportunityId' = $1 ORDER BY id`,
      [opportunityId],
    );
  const untilDecided = (opportunityId: string, reasons: readonly (string | null)[]): Promise<void> =>
    eventually(async () => {
      const all = await decided(opportunityId);
      expect(all.filter(({ outcome }) => outcome === 'queued')).toEqual([]);
      expect(all.map(({ reason }) => reason)).toEqual(reasons);
    });
  const WAITS = `name = 'place-order' AND state = 'created' AND start_after > now() + interval '20 seconds'
    AND data -> 'payload' ->> 'secondLook' = 'true' AND data -> 'payload' ->> 'opportunityId' = $1`;
  /** Has the second look done now that is to be a minute later. */
  const lookAgain = async (opportunityId: string): Promise<void> => {
    await eventually(async () =>
      expect(
        await service.database.query(`SELECT id FROM pgboss.job WHERE ${WAITS}`, [opportunityId]),
      ).toHaveLength(1),
    );
    await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE ${WAITS}`, [opportunityId]);
    await untilDone(service, ['place-order', 'report-progress'], { opportunityId });
  };
  const looksThatWait = (opportunityId: string): Promise<unknown[]> =>
    service.database.query(`SELECT id FROM pgboss.job WHERE ${WAITS}`, [opportunityId]);

  const placed = async (): Promise<string> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilDone(service, ['place-order', 'report-progress'], { opportunityId });
    return opportunityId;
  };
  const complete = async (opportunityId: string): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    await play.untilStatus(opportunityId, 'Complete');
  };

  describe('an entry that was refused, for the check was complete', () => {
    const refused = async (): Promise<string> => {
      const opportunityId = await placed();
      await complete(opportunityId);
      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId);
      await untilDecided(opportunityId, [null, 'no_check_running', 'already_complete']);
      return opportunityId;
    };

    it('stays so, told of again when enough days have passed (T7)', async () => {
      await play.change({ settings: { reorder: { afterDays: 1 } } });
      const opportunityId = await refused();
      service.clock.forward(25 * HOUR_MS);
      await tell(opportunityId);
      await untilDecided(opportunityId, [null, 'no_check_running', 'already_complete', 'already_decided']);
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);

      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId);
      await eventually(async () => expect(await play.ordersAtVictig(opportunityId)).toHaveLength(2));
    });

    it('stays so, told of again when the settings allow another (T7)', async () => {
      const opportunityId = await refused();
      await play.change({ settings: { reorder: 'always' } });
      await tell(opportunityId);
      await untilDecided(opportunityId, [null, 'no_check_running', 'already_complete', 'already_decided']);
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
    });

    it('is decided anew where a person replays the delivery (T7)', async () => {
      const opportunityId = await refused();
      await play.change({ settings: { reorder: 'always' } });
      const [{ id } = { id: '' }] = await service.database.query<{ id: string }[]>(
        `SELECT id FROM deliveries WHERE facts ->> 'opportunityId' = $1 AND reason = 'already_complete'`,
        [opportunityId],
      );
      await service.admin.post(`/admin/v1/deliveries/${id}/replay`).expect(200);
      await eventually(async () => expect(await play.ordersAtVictig(opportunityId)).toHaveLength(2));
    });
  });

  describe('a move that two webhooks tell of, where Lever does not say when it was', () => {
    const moved = async (changes: object = {}): Promise<string> => {
      const opportunityId = await play.candidate(changes);
      await silently(() => play.move(opportunityId));
      const { data } = await record(opportunityId);
      await answerWith(opportunityId, { data: { ...data, stageChanges: [] } }, null);
      return opportunityId;
    };

    it('is refused once (T7)', async () => {
      const opportunityId = await moved({ emails: [] });
      await tell(opportunityId);
      await tell(opportunityId, 3);
      await untilDecided(opportunityId, [null, 'already_decided']);
      await untilDone(service, ['place-order', 'report-progress'], { opportunityId });
      expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
      // So long after the first it is another move.
      await tell(opportunityId, MUCH_LATER_MS);
      await untilDecided(opportunityId, [null, 'already_decided', null]);
    });

    it('is ordered for once, also where the second comes after the check has ended (T7)', async () => {
      const opportunityId = await moved();
      const at = Date.now();
      const webhook = (triggeredAt: number) =>
        play
          .knock(leverWebhook({ triggeredAt, data: { opportunityId, toStageId: TRIGGER_STAGE } }))
          .expect(200);
      await webhook(at);
      await play.untilStatus(opportunityId, 'Pending');
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await play.drive('POST', `/victig/orders/${orderGuid}/cancel`);
      await play.untilStatus(opportunityId, 'Canceled');
      await webhook(at + 3);
      await untilDecided(opportunityId, [null, 'already_decided']);
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
    });
  });

  describe('what Lever tells before its API knows of it', () => {
    it('orders for who is back after a refusal, a minute later (T7, S2)', async () => {
      const opportunityId = await play.candidate({ emails: [] });
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Rejected');
      await untilDone(service, ['place-order', 'report-progress'], { opportunityId });
      const before = await record(opportunityId);
      const emails = [`${randomUUID()}@example.com`];
      await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { emails });
      await silently(async () => {
        await play.move(opportunityId, OTHER_STAGE);
        await play.move(opportunityId);
      });
      await answerWith(opportunityId, before);
      await tell(opportunityId, MUCH_LATER_MS);
      await untilDecided(opportunityId, [null, 'already_decided']);
      await lookAgain(opportunityId);
      expect(await play.ordersAtVictig(opportunityId)).toHaveLength(1);
    });

    it('is looked at once more and no oftener, where it is told late of what was decided (T7)', async () => {
      const opportunityId = await play.candidate({ emails: [] });
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Rejected');
      await tell(opportunityId, MUCH_LATER_MS);
      await untilDecided(opportunityId, [null, 'already_decided']);
      await lookAgain(opportunityId);
      await untilDecided(opportunityId, [null, 'already_decided']);
      expect(await looksThatWait(opportunityId)).toEqual([]);
      // The other webhook of the move is not looked at a second time.
      await tell(opportunityId, -1_000);
      await untilDecided(opportunityId, [null, 'already_decided', 'already_decided']);
      expect(await looksThatWait(opportunityId)).toEqual([]);
    });

    it('tells a minute later of who has left while the check runs (T7)', async () => {
      const opportunityId = await placed();
      await answerWith(opportunityId, await record(opportunityId));
      await play.move(opportunityId, OTHER_STAGE);
      await untilDecided(opportunityId, [null, 'still_in_stage']);
      await lookAgain(opportunityId);
      await untilDecided(opportunityId, [null, 'not_in_trigger_stage']);
      expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
    });

    it('waits for access that ended before it was looked at once more (I6)', async () => {
      const opportunityId = await play.candidate();
      await tell(opportunityId);
      await untilDecided(opportunityId, ['not_in_trigger_stage']);
      await silently(() => play.move(opportunityId));
      await service.admin
        .post(`/admin/v1/installations/${play.installation.id}/disconnect`)
        .send({})
        .expect(200);
      await lookAgain(opportunityId);
      expect(await decided(opportunityId)).toMatchObject([{ outcome: 'queued' }]);
      apiKey = `key-${randomUUID()}`;
      await play.drive('POST', '/lever/keys', { key: apiKey });
      await play.change({ lever: { apiKey } });
      await service.admin
        .post(`/admin/v1/installations/${play.installation.id}/activate`)
        .send({ waiting: 'process' })
        .expect(200);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('is ordered for where access is found lost by that look (I6)', async () => {
      const opportunityId = await play.candidate();
      await tell(opportunityId);
      await untilDecided(opportunityId, ['not_in_trigger_stage']);
      await silently(() => play.move(opportunityId));
      await play.drive('POST', '/lever/revoke', { key: apiKey });
      await lookAgain(opportunityId);
      expect(await decided(opportunityId)).toMatchObject([{ outcome: 'queued' }]);
    });
  });

  describe('an order in hand', () => {
    const held = async (): Promise<{ opportunityId: string; id: string }> => {
      await play.change({ settings: { holdSeconds: 600 } });
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      const id = await eventually(async () => {
        const order = await play.order(opportunityId);
        expect((await play.timeline(order.id)).map(({ kind }) => kind)).toContain('held');
        return order.id;
      });
      await untilNoneRuns(service, ['place-order'], { opportunityId });
      return { opportunityId, id };
    };

    it('is not ended by one 404 at the end of its hold (T8)', async () => {
      const { opportunityId, id } = await held();
      await notFound(opportunityId);
      await endHold(play, id);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('is not ended by one 404 while it waits for VICTIG (S3)', async () => {
      const opportunityId = await play.candidate();
      await play.drive('POST', '/faults', {
        vendor: 'victig',
        match: { method: 'POST', path: '/applicants$' },
        kind: 'status',
        status: 503,
        times: 1,
      });
      await silently(() => play.move(opportunityId));
      // The first answer is for the trigger.
      await answerWith(opportunityId, await record(opportunityId));
      await notFound(opportunityId);
      await tell(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('is not ended by an answer that is older than what Lever told (T8)', async () => {
      const { opportunityId, id } = await held();
      await play.move(opportunityId, OTHER_STAGE);
      const away = await record(opportunityId);
      await play.move(opportunityId);
      await untilDecided(opportunityId, [null, 'no_check_running', 'order_open']);
      await answerWith(opportunityId, away);
      await endHold(play, id);
      await lookAgain(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      expect(await play.order(opportunityId)).toMatchObject({ id });
    });

    it('ends where they are still elsewhere a minute later (T8)', async () => {
      const { opportunityId, id } = await held();
      await silently(() => play.move(opportunityId, OTHER_STAGE));
      await tell(opportunityId, MUCH_LATER_MS);
      await untilDecided(opportunityId, [null, 'not_in_trigger_stage']);
      await endHold(play, id);
      await eventually(async () =>
        expect(await play.order(opportunityId)).toMatchObject({
          status: 'canceled',
          statusReason: 'not_in_trigger_stage',
        }),
      );
    });

    it('tells by a note of who left while Lever answers 404 once (T7)', async () => {
      const opportunityId = await placed();
      await notFound(opportunityId);
      await play.move(opportunityId, OTHER_STAGE);
      await untilDecided(opportunityId, [null, 'not_in_trigger_stage']);
      await untilDone(service, ['place-order', 'report-progress'], { opportunityId });
      expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
    });
  });
});
