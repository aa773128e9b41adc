import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { leaveInHold } from '../support/holds.js';
import { OTHER_STAGE, Play, type SeenOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

/** Longer than a submission whose answer never came is waited for. */
const SETTLED_MS = 61_000;

const SUBMISSION = { vendor: 'victig', match: { method: 'POST', path: '/orders$' } };

const ALL = ['place-order', 'refresh-order', 'report-progress', 'take-callback'];

/** Ends an order whose submission was taken for lost. */
type End = (opportunityId: string, orderId: string) => Promise<unknown>;

/** The recruiter was told otherwise, or nothing at all: what is shown has to become what is so. */
describe('an order that ended, and that VICTIG turns out to have taken (V4, S4)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0', METRICS_FRESH_SECONDS: '1' });
    play = new Play(service);
    await play.setUp({ reorder: 'always' });
  });
  afterEach(() => play.drive('DELETE', '/faults'));
  afterAll(() => service.stop());

  const correct = (opportunityId: string, fields: object): Promise<unknown> =>
    play.drive('PATCH', `/lever/opportunities/${opportunityId}`, fields);
  const rejected: End = (opportunityId) => correct(opportunityId, { name: 'Ana' });
  const withdrawn: End = (opportunityId) => play.move(opportunityId, OTHER_STAGE);
  const canceled: End = (_opportunityId, id) =>
    service.admin.post(`/admin/v1/orders/${id}/cancel`).send({}).expect(200);

  const kinds = async (orderId: string): Promise<string[]> =>
    (await play.timeline(orderId)).map(({ kind }) => kind);
  const notesOf = async (opportunityId: string): Promise<{ text: string; secret: boolean }[]> =>
    (await play.opportunity(opportunityId)).notes.map(({ secret, fields }) => ({
      text: fields[0]?.value ?? '',
      secret,
    }));
  const ours = async (opportunityId: string): Promise<string[]> =>
    (await play.opportunity(opportunityId)).tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag));
  const untilIdle = (about: Record<string, string> = {}, jobs = ALL): Promise<void> =>
    untilDone(service, jobs, about);
  const advance = (orderGuid: string, step: string, facts: object = {}): Promise<unknown> =>
    play.drive('POST', `/victig/orders/${orderGuid}/${step}`, facts);

  /** The order of a candidate who enters the stage; it ends unplaced, its submission taken for lost. */
  const ended = async (opportunityId: string, end: End, jobs = ALL) => {
    await play.drive('POST', '/faults', { ...SUBMISSION, kind: 'drop_before', times: 1 });
    await play.move(opportunityId);
    const { id, applicantGuid } = await eventually(async () => {
      const order = await play.order(opportunityId);
      const submitted = (await play.timeline(order.id)).find(({ kind }) => kind === 'submit_started');
      expect(order.status).not.toBe('complete');
      expect(submitted).toBeDefined();
      // Not before it has arrived: a clock that moves on would keep it from being sent.
      const faults = await play.drive<{ kind: string }[]>('GET', '/faults');
      expect(faults.filter(({ kind }) => kind === 'drop_before')).toMatchObject([{ struck: 1 }]);
      return { id: order.id, applicantGuid: submitted?.data['applicantGuid'] };
    });
    await end(opportunityId, id);
    service.clock.forward(SETTLED_MS);
    await eventually(async () => expect(await kinds(id)).toContain('submit_not_received'));
    await untilIdle({ opportunityId }, jobs);
    return {
      id,
      /** VICTIG gets through with what it was sent long ago. */
      comesTrue: (): Promise<SeenOrder> =>
        play.drive('POST', '/victig/orders', {
          applicantGuid,
          clientProductGuid: SEED.victig.products.criminalPackage1,
          externalIdentifier: id,
          useQuickApp: true,
        }),
    };
  };

  it('is open again where the recruiter was told that nothing was ordered, which a note puts right (S2, T7, R1)', async () => {
    const opportunityId = await play.candidate();
    const { id, comesTrue } = await ended(opportunityId, rejected);
    await play.untilStatus(opportunityId, 'Rejected');
    expect(await notesOf(opportunityId)).toHaveLength(1);
    const { orderGuid, fileNumber } = await comesTrue();
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle({ orderId: id });
    const golden =
      `Background check ordered after all: VICTIG has taken order ${fileNumber}, though an earlier note says otherwise. ` +
      'The check runs, and moving the candidate into the stage again orders no other. ' +
      'If it is not wanted, ask VICTIG to cancel it.';
    expect((await notesOf(opportunityId)).slice(1)).toMatchObject([
      { text: `${golden}\nReference: BGC-${id.slice(-12)}-A`, secret: false },
    ]);
    expect(await kinds(id)).not.toContain('placed_after_end');
    expect(await play.order(opportunityId)).toMatchObject({ id, status: 'pending', statusReason: null });

    // As the first note had asked for.
    await play.move(opportunityId, OTHER_STAGE);
    await correct(opportunityId, { name: 'Ana Ruiz' });
    await play.move(opportunityId);
    await eventually(async () => {
      const reasons = (await play.timeline(id)).map(({ data }) => data['reason']);
      expect(reasons).toContain('order_open');
    });
    await play.orderAtVictig(opportunityId);

    await advance(orderGuid, 'complete', { flagged: true });
    const { tags } = await play.untilStatus(opportunityId, 'Complete');
    expect(tags).toContain('Flag: True');
    const notes = await notesOf(opportunityId);
    expect(notes.filter(({ secret }) => secret)).toHaveLength(1);
    expect(notes.filter(({ text }) => text.includes('ordered after all'))).toHaveLength(1);
  });

  it('is put right by no note where the recruiter was not told yet (S2)', async () => {
    const match = { method: 'POST', path: '/notes$' };
    await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 403, times: null });
    const opportunityId = await play.candidate();
    const { id, comesTrue } = await ended(opportunityId, rejected, ['place-order']);
    await eventually(async () => expect(await kinds(id)).toContain('report_trouble'));
    await comesTrue();
    await play.untilStatus(opportunityId, 'Pending');
    await play.drive('DELETE', '/faults');
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ status: 'pending', leverTrouble: null }),
    );
    expect(await notesOf(opportunityId)).toEqual([]);
  });

  it('is open again where the candidate had left, and people are told who can stop it (T7, T8)', async () => {
    const opportunityId = await play.candidate();
    const { id, comesTrue } = await ended(opportunityId, withdrawn);
    expect(await ours(opportunityId)).toEqual([]);
    const { fileNumber } = await comesTrue();
    await play.untilStatus(opportunityId, 'Pending');
    await eventually(async () => {
      const notes = await notesOf(opportunityId);
      expect(notes).toHaveLength(1);
      expect(notes[0]?.text).toMatch(/^Background check still running: the candidate has left the stage/);
      expect(notes[0]?.text).toContain(`ask VICTIG to cancel order ${fileNumber}`);
    });
    expect(await play.order(opportunityId)).toMatchObject({
      id,
      status: 'pending',
      withdrawn: { reason: 'not_in_trigger_stage' },
    });
  });

  it('takes the tags of the check before it, where it had ended silently (S4, R4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await advance((await play.orderAtVictig(opportunityId)).orderGuid, 'complete', { flagged: true });
    await play.untilStatus(opportunityId, 'Complete');
    await play.move(opportunityId, OTHER_STAGE);
    const { comesTrue } = await ended(opportunityId, withdrawn);
    await play.untilStatus(opportunityId, 'Complete');
    await comesTrue();
    await play.untilStatus(opportunityId, 'Pending');
    await untilIdle({ opportunityId });
    expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']);
  });

  it('is open again where a later order ended in its hold, before anything was ordered (T7, T8)', async () => {
    const opportunityId = await play.candidate();
    const { id, comesTrue } = await ended(opportunityId, rejected);
    await play.untilStatus(opportunityId, 'Rejected');
    await play.move(opportunityId, OTHER_STAGE);
    await correct(opportunityId, { name: 'Ana Ruiz' });
    await leaveInHold(play, opportunityId);
    await comesTrue();
    await play.untilStatus(opportunityId, 'Pending');
    expect(await kinds(id)).not.toContain('placed_after_end');
    await play.orderAtVictig(opportunityId);
  });

  describe.each([
    ['where a person canceled it', canceled, 'canceled', 'Canceled'],
    ['where its opportunity has a later order', rejected, 'rejected', 'Pending'],
  ])('stays ended %s (T7)', (_where, end, status, tag) => {
    it('and people are told: by a warning, an alert, and its timeline (S4)', async () => {
      const opportunityId = await play.candidate();
      const { id, comesTrue } = await ended(opportunityId, end);
      if (status === 'rejected') {
        await correct(opportunityId, { name: 'Ana Ruiz' });
        await play.move(opportunityId, OTHER_STAGE);
        await play.move(opportunityId);
        await play.untilStatus(opportunityId, 'Pending');
      }
      const before = await countedByPrometheus();
      const { orderGuid, fileNumber } = await comesTrue();
      await eventually(async () => expect(await kinds(id)).toContain('placed_after_end'));
      const order = async () =>
        (await service.admin.get(`/admin/v1/orders/${id}`).expect(200)).body as object;
      expect(await order()).toMatchObject({
        status,
        victig: { orderGuid },
        warnings: [{ code: 'placed_after_end', details: [String(fileNumber)] }],
      });
      await eventually(async () => expect(await countedByPrometheus()).toBe(before + 1));
      await play.untilStatus(opportunityId, tag);
      await untilIdle({ orderId: id });
      const match = { method: 'GET', path: `/orders/${orderGuid}$` };
      await play.drive('POST', '/faults', {
        vendor: 'victig',
        match,
        kind: 'status',
        status: 403,
        times: null,
      });
      await advance(orderGuid, 'complete', { flagged: true, decision: 'Ineligible' });
      await eventually(async () =>
        expect(await order()).toMatchObject({ status, trouble: { failure: 'unauthorized' } }),
      );
      // Asked for while VICTIG still refuses: a try of its own would clear the trouble, and then nothing is to be retried.
      const retry = () => service.admin.post(`/admin/v1/orders/${id}/retry`).send({});
      await retry().expect(200);
      await play.drive('DELETE', '/faults');
      await eventually(async () => {
        const told = (await play.timeline(id)).find(({ data }) => 'results' in data);
        // That was the last of its tries where VICTIG refused it, too.
        if (told === undefined) await retry();
        expect(told?.data).toMatchObject({ results: { flagged: true, decision: 'Ineligible' } });
      });
      await untilIdle({ orderId: id });
      expect(await order()).toMatchObject({ status, flagged: null, decision: null });
      const { notes } = await play.untilStatus(opportunityId, tag);
      expect(notes.filter(({ secret }) => secret)).toEqual([]);
    });
  });

  it('stays ended where it was erased, and people are told of what VICTIG has (A3)', async () => {
    const opportunityId = await play.candidate();
    const { id, comesTrue } = await ended(opportunityId, rejected);
    await play.untilStatus(opportunityId, 'Rejected');
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
    await eventually(async () => expect(await kinds(id)).toContain('erased'));
    const { orderGuid } = await comesTrue();
    await eventually(async () => expect(await kinds(id)).toContain('placed_after_end'));
    await advance(orderGuid, 'complete', { flagged: true });
    await untilIdle({ orderId: id });
    expect(await play.lastStep(id)).toBe('placed_after_end');
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    expect(notes).toHaveLength(1);
  });

  const countedByPrometheus = async (): Promise<number> => {
    const text = (await service.anyone.get('/metrics').expect(200)).text;
    return Number(/^bgc_orders_placed_after_end (\d+)$/m.exec(text)?.[1]);
  };
});
