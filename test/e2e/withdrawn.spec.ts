import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import {
  leverWebhook,
  OTHER_STAGE,
  Play,
  SIGNATURE_TOKEN,
  TRIGGER_STAGE,
  type SeenEntry,
} from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilNoneRuns } from '../support/until-done.js';

const { withdrew } = SEED.lever.archiveReasons;
const ERROR_AFTER_MS = 900_000;
/** Longer than a note or a submission whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

describe('a candidate who is withdrawn while the check runs', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());
  afterEach(() => play.drive('DELETE', '/faults'));

  const hear = (event: string): Promise<unknown> =>
    play.drive('POST', '/lever/webhooks', { url: play.leverDoor, event, signatureToken: SIGNATURE_TOKEN });
  const leave = (id: string): Promise<unknown> => play.move(id, OTHER_STAGE);
  const archive = (id: string, reason: string | null = withdrew): Promise<unknown> =>
    play.drive('POST', `/lever/opportunities/${id}/archive`, { reason });
  const advance = async (id: string, step: 'finish-quickapp' | 'complete' | 'cancel'): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive(
      'POST',
      `/victig/orders/${orderGuid}/${step}`,
      step === 'complete' ? { flagged: false } : {},
    );
  };
  const fault = (vendor: string, match: object, more: object): Promise<unknown> =>
    play.drive('POST', '/faults', { vendor, match, ...more });
  const pending = async (): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    return id;
  };
  const notesOf = async (id: string): Promise<{ text: string; secret: boolean }[]> => {
    const { notes } = await play.opportunity(id);
    return notes.map(({ fields, secret }) => ({ text: fields.map(({ value }) => value).join('\n'), secret }));
  };
  const told = async (id: string): Promise<SeenEntry[]> => {
    const { id: orderId } = await play.order(id);
    return (await play.timeline(orderId)).filter(({ kind }) => kind === 'runs_without_candidate');
  };
  const untilNoted = (id: string, says: string): Promise<void> =>
    eventually(async () => {
      const notes = await notesOf(id);
      expect(notes.filter(({ text }) => text.startsWith('Background check still running'))).toHaveLength(1);
      expect(notes.at(-1)?.text).toContain(says);
    });
  const untilIdle = (id: string): Promise<void> =>
    eventually(async () => {
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE singleton_key = $1 AND state <= 'active'`,
        [`${play.installation.id}/${id}`],
      );
      expect(left).toEqual([]);
    });
  const outcomes = async (orderId: string): Promise<unknown[]> =>
    (await play.timeline(orderId))
      .filter(({ kind }) => kind === 'delivery')
      .map(({ data }) => data['reason']);

  it('is told of once, in the timeline and in a note that says who can stop it (T7)', async () => {
    const id = await pending();
    await leave(id);
    await untilNoted(id, 'the candidate has left the stage');
    const { fileNumber } = await play.orderAtVictig(id);
    const golden =
      `Background check still running: the candidate has left the stage, but VICTIG goes on with order ${fileNumber}. ` +
      `Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel order ${fileNumber}.`;
    const order = await play.order(id);
    expect(await notesOf(id)).toEqual([
      { text: `${golden}\nReference: BGC-${order.id.slice(-12)}-W`, secret: false },
    ]);
    expect(await told(id)).toMatchObject([{ data: { reason: 'not_in_trigger_stage', message: golden } }]);
    expect(order).toMatchObject({ status: 'pending', withdrawn: { reason: 'not_in_trigger_stage' } });
    const audit = await service.database.query<{ actor: string; data: object }[]>(
      `SELECT actor, data FROM audit_entries WHERE order_id = $1 AND action = 'order.runs_without_candidate'`,
      [order.id],
    );
    expect(audit).toEqual([
      { actor: expect.stringMatching(/^delivery:/) as string, data: { reason: 'not_in_trigger_stage' } },
    ]);

    // Back, and away again: nothing is ordered, and nothing is said twice.
    await play.move(id);
    await leave(id);
    await eventually(async () => expect(await outcomes(order.id)).toContain('no_check_running'));
    await advance(id, 'finish-quickapp');
    await play.untilStatus(id, 'In Progress');
    expect(await told(id)).toHaveLength(1);
    await advance(id, 'complete');
    await play.untilStatus(id, 'Complete');
    expect((await notesOf(id)).map(({ secret }) => secret)).toEqual([false, true]);
    await play.orderAtVictig(id);
  });

  it('is told of while the check is in progress, and while it is in error at VICTIG (T7)', async () => {
    const underWay = await pending();
    await advance(underWay, 'finish-quickapp');
    await play.untilStatus(underWay, 'In Progress');
    await leave(underWay);
    await untilNoted(underWay, 'the candidate has left the stage');
    await play.untilStatus(underWay, 'In Progress');

    const inError = await pending();
    const { id: orderId } = await play.order(inError);
    await fault('victig', { method: 'GET' }, { kind: 'status', status: 503, times: null });
    const { orderGuid } = await play.orderAtVictig(inError);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await eventually(async () =>
      expect((await play.timeline(orderId)).map(({ kind }) => kind)).toContain('trouble'),
    );
    service.clock.forward(ERROR_AFTER_MS);
    // All of its own tries may have been made by now.
    await service.admin.post(`/admin/v1/orders/${orderId}/refresh`).send({}).expect(200);
    await play.untilStatus(inError, 'Error');
    await leave(inError);
    await untilNoted(inError, 'the candidate has left the stage');
  }, 90_000);

  it('is not one who stands where the check was ordered, which an admin took from the settings (T7, T8)', async () => {
    const [stays, leaves] = [await pending(), await pending()];
    await play.change({ triggerStageIds: [SEED.lever.stages.onsiteInterview] });
    await leave(leaves);
    for (const id of [stays, leaves]) await advance(id, 'finish-quickapp');
    await untilNoted(leaves, 'the candidate has left the stage');
    await play.untilStatus(stays, 'In Progress');
    await untilIdle(stays);
    expect(await told(stays)).toEqual([]);
    expect(await notesOf(stays)).toEqual([]);
    await play.change({ triggerStageIds: [TRIGGER_STAGE] });
  }, 60_000);

  it('is told of when archived or deleted, if Lever says so (T7)', async () => {
    await hear('candidateArchiveChange');
    await hear('candidateDeleted');
    const archived = await pending();
    await archive(archived);
    await untilNoted(archived, 'the candidate has been archived');
    await archive(archived, null);
    await eventually(async () => {
      const last = (await play.deliveries()).at(-1);
      expect(last).toMatchObject({ event: 'candidateArchiveChange', reason: 'other_event' });
    });
    expect(await play.ordersAtVictig(archived)).toHaveLength(1);

    const deleted = await pending();
    await play.drive('DELETE', `/lever/opportunities/${deleted}`);
    await eventually(async () => {
      expect(await told(deleted)).toMatchObject([{ data: { reason: 'opportunity_not_found' } }]);
    });
    expect(await play.order(deleted)).toMatchObject({ status: 'pending', leverTrouble: null });
  });

  it('is seen without any webhook when the next status is shown (T7)', async () => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    await play.drive('DELETE', '/lever/webhooks');
    await archive(id);
    await advance(id, 'finish-quickapp');
    await untilNoted(id, 'the candidate has been archived');
    await play.untilStatus(id, 'In Progress');
    await play.drive('POST', '/lever/webhooks', {
      url: play.leverDoor,
      event: 'candidateStageChange',
      signatureToken: SIGNATURE_TOKEN,
    });
  });

  it('is told of when the order is found again that was thought lost (T7, V4)', async () => {
    const id = await play.candidate();
    await fault(
      'victig',
      { method: 'POST', path: '/orders$' },
      { kind: 'status_after', status: 500, times: 1 },
    );
    await fault('victig', { method: 'GET', path: '/orders' }, { kind: 'status', status: 503, times: null });
    await play.move(id);
    await eventually(async () => {
      const { id: orderId } = await play.order(id);
      const kinds = (await play.timeline(orderId)).map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['submit_started', 'trouble']));
    });
    const departures = async (): Promise<number> =>
      (await play.deliveries()).filter(({ reason }) => reason === 'no_check_running').length;
    const before = await departures();
    await leave(id);
    await eventually(async () => expect(await departures()).toBe(before + 1));
    await play.drive('DELETE', '/faults');
    await untilNoted(id, 'the candidate has left the stage');
    await play.orderAtVictig(id);
    const timeline = await play.timeline((await play.order(id)).id);
    const placed = timeline.find(({ kind }) => kind === 'placed');
    expect(placed?.data).toMatchObject({ foundAgain: true });
  }, 90_000);

  it('has one note, whatever becomes of the answer to it (F1, T7)', async () => {
    const found = await pending();
    await fault(
      'lever',
      { method: 'POST', path: '/notes$' },
      { kind: 'status_after', status: 500, times: 1 },
    );
    await leave(found);
    await untilNoted(found, 'the candidate has left the stage');
    await eventually(async () => {
      const { id: orderId } = await play.order(found);
      const notes = (await play.timeline(orderId)).filter(({ kind }) => kind === 'note_posted');
      expect(notes).toMatchObject([{ data: { foundAgain: true, secret: false } }]);
    });

    const lost = await pending();
    await fault('lever', { method: 'POST', path: '/notes$' }, { kind: 'drop_before', times: 1 });
    await leave(lost);
    await eventually(async () =>
      expect(await play.order(lost)).toMatchObject({ leverTrouble: { failure: 'unreachable' } }),
    );
    service.clock.forward(SETTLED_MS);
    await untilNoted(lost, 'the candidate has left the stage');
  }, 90_000);

  it('is not told of once the check has come to its end (T7)', async () => {
    const id = await pending();
    await fault('lever', { method: 'POST', path: '/notes$' }, { kind: 'status', status: 429, times: null });
    await leave(id);
    await eventually(async () => expect(await told(id)).toHaveLength(1));
    await advance(id, 'cancel');
    await eventually(async () => expect(await play.order(id)).toMatchObject({ status: 'canceled' }));
    // What began before the end may still be about to post the note.
    await untilNoneRuns(service, ['report-progress'], { opportunityId: id });
    await play.drive('DELETE', '/faults');
    await play.untilStatus(id, 'Canceled');
    expect(await notesOf(id)).toEqual([]);
  });

  it.each([
    ['had none', async () => play.candidate()],
    [
      'was complete',
      async () => {
        const id = await pending();
        await advance(id, 'complete');
        await play.untilStatus(id, 'Complete');
        return id;
      },
    ],
  ])('is nobody of whom Lever is asked when the candidate %s (T5)', async (_name, make) => {
    const id = await make();
    const callsOf = async (): Promise<number> => {
      const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever');
      return calls.filter(({ path }) => path.includes(id)).length;
    };
    const before = await callsOf();
    const token = `departure-of-${id}`;
    const data = { opportunityId: id, fromStageId: TRIGGER_STAGE, toStageId: OTHER_STAGE };
    await play.knock(leverWebhook({ token, data })).expect(200);
    await eventually(async () => {
      const [delivery] = await service.database.query<{ outcome: string; reason: string }[]>(
        `SELECT outcome, reason FROM deliveries WHERE facts ->> 'opportunityId' = $1 ORDER BY id DESC LIMIT 1`,
        [id],
      );
      expect(delivery).toEqual({ outcome: 'ignored', reason: 'no_check_running' });
    });
    expect(await callsOf()).toBe(before);
  });

  it('orders nothing, although the candidate stands in the trigger stage (T5, T6)', async () => {
    const id = await play.candidate({ stageId: TRIGGER_STAGE });
    const data = { opportunityId: id, fromStageId: TRIGGER_STAGE, toStageId: OTHER_STAGE };
    await play.knock(leverWebhook({ data })).expect(200);
    await eventually(async () => {
      const [delivery] = await service.database.query<{ outcome: string }[]>(
        `SELECT outcome FROM deliveries WHERE facts ->> 'opportunityId' = $1`,
        [id],
      );
      expect(delivery).toEqual({ outcome: 'ignored' });
    });
    expect(await play.ordersAtVictig(id)).toEqual([]);
  });
});
