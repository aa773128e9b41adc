import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { EraseOrder } from '../../src/orders/forgetting/erase-order.js';
import { ATTACH_ATTEMPTS } from '../../src/orders/jobs.js';
import { AttachReport } from '../../src/orders/showing/attach-report.js';
import { OrderRaceLost } from '../../src/orders/order-book.js';
import { ApplicantTracking } from '../../src/orders/ports/applicant-tracking.js';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { ReportProgress } from '../../src/orders/showing/report-progress.js';
import { withCommitGuard } from '../../src/platform/database/transactions.js';
import { UpstreamError } from '../../src/platform/errors/upstream-error.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone, untilNoneRuns } from '../support/until-done.js';

/** Longer than a write whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

/** Longer than the limiter lets a call wait for its turn: 5 s, and what it reserves ahead. */
const LONGEST_TURN_MS = 6_000;

const UNREPEATABLE = ['addNote', 'attachFile'] as const;

describe('a call to Lever that comes late', () => {
  let service: TestService;
  let play: Play;
  let lever: ApplicantTracking;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({}, { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } });
    lever = service.part(ApplicantTracking);
  });
  afterEach(async () => {
    service.clock.goOn();
    vi.restoreAllMocks();
    await play.drive('DELETE', '/faults');
  });
  afterAll(() => service.stop());

  const attachReports = async (): Promise<void> => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const { headers } = await service.admin.get(path).expect(200);
    await service.admin
      .patch(path)
      .set('if-match', String(headers['etag']))
      .send({ settings: { attachReport: true } })
      .expect(200);
  };
  const pending = async (): Promise<string> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    return opportunityId;
  };
  const complete = async (opportunityId: string): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true, decision: 'Review' });
  };
  const untilIdle = (...jobs: string[]): Promise<void> => untilDone(service, jobs);
  const erase = async (opportunityId: string): Promise<void> => {
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
  };
  /** Erases it, and waits until what is there by then was removed. */
  const eraseAndRemove = async (opportunityId: string): Promise<void> => {
    await erase(opportunityId);
    await untilIdle('remove-from-tracking');
    const { id } = await play.order(opportunityId);
    expect(await play.lastStep(id)).toBe('removed_from_lever');
  };
  /** What a call of more than a minute ago brings about is not waited for any longer. */
  const letCallsSettle = async (): Promise<void> => {
    await service.database.query(
      `UPDATE progress_notes SET post_started_at = post_started_at - interval '61 seconds'`,
    );
    await service.database.query(
      `UPDATE report_files SET upload_started_at = upload_started_at - interval '61 seconds'`,
    );
  };
  /** Does it once, right before a call is made. */
  const before = (call: 'addNote' | 'addTags' | 'attachFile', work: () => Promise<void>): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const made = lever[call].bind(lever) as (...given: unknown[]) => Promise<never>;
    vi.spyOn(lever, call).mockImplementationOnce(async (...given: unknown[]) => {
      await work().then(resolve, reject);
      return made(...given);
    });
    return promise;
  };
  /** Asks, and does it once the answer is there. */
  const andThen = <Given extends unknown[], Found>(
    ask: (...given: Given) => Promise<Found>,
    work: () => Promise<void>,
  ) => {
    const { promise: done, resolve, reject } = Promise.withResolvers<void>();
    const asking = async (...given: Given): Promise<Found> => {
      const found = await ask(...given);
      await work().then(resolve, reject);
      return found;
    };
    return { done, asking };
  };
  const answerLost = (): UpstreamError =>
    new UpstreamError('timed_out', { vendor: 'Lever', operation: 'a write', fate: 'unknown' });
  const untilNothingIsLeft = (opportunityId: string): Promise<void> =>
    eventually(async () => {
      await untilIdle('report-progress', 'attach-report', 'remove-from-tracking');
      const { notes, tags, files } = await play.drive<{ notes: []; tags: string[]; files: [] }>(
        'GET',
        `/lever/opportunities/${opportunityId}`,
      );
      expect({ notes, files }).toEqual({ notes: [], files: [] });
      expect(tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag))).toEqual([]);
    });

  it.each(['addNote', 'addTags', 'attachFile'] as const)(
    'leaves nothing behind where the order was erased before %s (A3)',
    async (call) => {
      if (call === 'attachFile') await attachReports();
      const opportunityId = await pending();
      const erased = before(call, async () => {
        await letCallsSettle();
        await eraseAndRemove(opportunityId);
      });
      await complete(opportunityId);
      await expect(erased).resolves.toBeUndefined();
      await untilNothingIsLeft(opportunityId);
    },
  );

  it('is waited for where it may still come true when the order is erased (A3)', async () => {
    const opportunityId = await pending();
    const post = lever.addNote.bind(lever);
    let comesTrue: (() => Promise<string>) | undefined;
    vi.spyOn(lever, 'addNote').mockImplementationOnce((...given) => {
      comesTrue = () => post(...given);
      return Promise.reject(
        new UpstreamError('timed_out', {
          vendor: 'Lever',
          operation: 'POST /opportunities/:id/notes',
          fate: 'unknown',
        }),
      );
    });
    await complete(opportunityId);
    await eventually(() => expect(comesTrue).toBeDefined());
    const removals = vi.spyOn(lever, 'findNote');
    await erase(opportunityId);
    await eventually(() => expect(removals).toHaveBeenCalled());
    await untilIdle('report-progress');
    await comesTrue?.();
    await untilNothingIsLeft(opportunityId);
  });

  it('of an earlier run that died has what it left removed by the run that finds the order erased (A3)', async () => {
    const opportunityId = await pending();
    await complete(opportunityId);
    await play.untilStatus(opportunityId, 'Complete');
    await untilIdle('report-progress', 'attach-report');
    await eraseAndRemove(opportunityId);
    await lever.addTags(play.installation.id, opportunityId, ['Background Check Status: Complete']);
    await service.database.query(
      `UPDATE orders SET shown_tags = '{"Background Check Status: Complete"}' WHERE opportunity_id = $1`,
      [opportunityId],
    );
    const { id: orderId } = await play.order(opportunityId);
    await service.part(ReportProgress).handle({
      installationId: play.installation.id,
      opportunityId,
      orderId,
    });
    await untilNothingIsLeft(opportunityId);
  });

  it('does not upload the report of an order that was erased after a try that failed (A3, R5)', async () => {
    await attachReports();
    const opportunityId = await pending();
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      kind: 'status',
      status: 503,
      times: null,
      match: { method: 'GET', path: '/resultsAsPdf$' },
    });
    await complete(opportunityId);
    await eventually(async () => {
      expect(await play.order(opportunityId)).toMatchObject({
        warnings: [{ code: 'report_not_attached', details: ['unavailable'] }],
      });
    });
    const uploads = vi.spyOn(lever, 'attachFile');
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
    await play.drive('DELETE', '/faults');
    await untilIdle('attach-report');
    expect(uploads).not.toHaveBeenCalled();
  });

  it('is no trouble of an order that was erased before it failed, and of which all may stay (S3, A3)', async () => {
    const opportunityId = await pending();
    const { id } = await play.order(opportunityId);
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    vi.spyOn(lever, 'addNote').mockImplementationOnce(async () => {
      await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
      resolve();
      throw answerLost();
    });
    await complete(opportunityId);
    await failed;
    await untilIdle('report-progress');
    expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null });
  });

  it('leaves no report behind where the last try had no answer, and the order was erased before (A3, R5)', async () => {
    await attachReports();
    const opportunityId = await pending();
    const provider = service.part(ScreeningProvider);
    const reading = vi.spyOn(provider, 'readReport').mockImplementation(() => Promise.reject(answerLost()));
    await complete(opportunityId);
    await eventually(async () => {
      expect(await play.order(opportunityId)).toMatchObject({
        warnings: [{ code: 'report_not_attached', details: ['timed_out'] }],
      });
    });
    await untilIdle('report-progress');
    await eventually(async () => {
      await service.database.query(
        `DELETE FROM pgboss.job WHERE name = 'attach-report' AND state < 'active'`,
      );
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name = 'attach-report' AND state <= 'active'`,
      );
      expect(left).toEqual([]);
    });
    reading.mockRestore();

    const upload = lever.attachFile.bind(lever);
    vi.spyOn(lever, 'attachFile').mockImplementationOnce(async (...given) => {
      await letCallsSettle();
      await eraseAndRemove(opportunityId);
      await upload(...given);
      throw answerLost();
    });
    const { id: orderId } = await play.order(opportunityId);
    const { id: installationId } = play.installation;
    const job = { installationId, orderId, reference: `BGC-${orderId.slice(-12)}-R1` };
    await service.part(AttachReport).handle(job, { attempt: ATTACH_ATTEMPTS });
    await untilNothingIsLeft(opportunityId);
  });

  it('removes an erased order whose tags are in doubt, and asks Lever for no blank one (A3)', async () => {
    const opportunityId = await pending();
    await complete(opportunityId);
    await play.untilStatus(opportunityId, 'Complete');
    await untilIdle('report-progress', 'attach-report');
    await service.database.query(
      `UPDATE orders SET shown_tags = shown_tags || '{""}' WHERE opportunity_id = $1`,
      [opportunityId],
    );
    await eraseAndRemove(opportunityId);
    await untilNothingIsLeft(opportunityId);
  });

  /** A run that no longer has the job for itself, as after its process stood still for long. */
  const runOnItsOwn = async (opportunityId: string, orderId: string): Promise<void> => {
    await service.database.query(`UPDATE orders SET shown_tags = '{}' WHERE id = $1`, [orderId]);
    await service.part(ReportProgress).handle({
      installationId: play.installation.id,
      opportunityId,
      orderId,
    });
  };

  it('is shown as it is by now where the order moved on before its tags were put there (R4, S1)', async () => {
    const opportunityId = await pending();
    await untilIdle('report-progress');
    const { id } = await play.order(opportunityId);
    const movedOn = before('addTags', async () => {
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
      await play.untilStatus(opportunityId, 'In Progress');
      await untilIdle('report-progress');
    });
    await runOnItsOwn(opportunityId, id);
    await movedOn;
    await play.untilStatus(opportunityId, 'In Progress');
    await untilIdle('report-progress');
    await play.untilStatus(opportunityId, 'In Progress');
  });

  it('gives way to the order that took its place before its tags were put there (R4, T7)', async () => {
    const opportunityId = await pending();
    await complete(opportunityId);
    await play.untilStatus(opportunityId, 'Complete');
    await untilIdle('report-progress', 'attach-report');
    const { id } = await play.order(opportunityId);
    const replaced = before('addTags', async () => {
      await service.admin
        .post('/admin/v1/orders')
        .send({ installationId: play.installation.id, opportunityId })
        .expect(201);
      await play.untilStatus(opportunityId, 'Pending');
      await untilIdle('place-order', 'report-progress');
    });
    await runOnItsOwn(opportunityId, id);
    await replaced;
    const { tags } = await play.untilStatus(opportunityId, 'Pending');
    await untilIdle('report-progress');
    expect(tags.filter((tag) => /^(Flag|Decision)/.test(tag))).toEqual([]);
  });

  describe('and looks again at a tag that Lever did not take', () => {
    const FLAG = 'Flag: True';
    const IN_PROGRESS = 'Background Check Status: In Progress';
    /** One whose tag Lever took in between; the look that waits is not made, but one as of a process that stood still. */
    const missing = async (missed: string, advance: (id: string) => Promise<unknown>): Promise<string> => {
      const id = await pending();
      await play.drive('PATCH', '/lever/behaviour', { lockedTags: [missed] });
      await advance(id);
      await eventually(async () => {
        expect((await play.order(id))['warnings']).toMatchObject([{ details: [missed] }]);
      });
      await play.drive('PATCH', '/lever/behaviour', { lockedTags: [] });
      await service.database.query(
        `DELETE FROM pgboss.job WHERE name = 'report-progress' AND data -> 'payload' ->> 'missingTags' = 'true'`,
      );
      await untilIdle('report-progress', 'attach-report');
      return id;
    };
    const lookOnItsOwn = async (opportunityId: string): Promise<void> => {
      const { id: orderId } = await play.order(opportunityId);
      const { id: installationId } = play.installation;
      await service
        .part(ReportProgress)
        .handle({ installationId, opportunityId, orderId, missingTags: true });
    };

    it('leaves nothing behind where the order was erased before (A3)', async () => {
      const opportunityId = await missing(FLAG, complete);
      await letCallsSettle();
      const erased = before('addTags', () => eraseAndRemove(opportunityId));
      await lookOnItsOwn(opportunityId);
      await erased;
      await untilNothingIsLeft(opportunityId);
      const told = await play.timeline((await play.order(opportunityId)).id);
      expect(JSON.stringify(told)).not.toContain(FLAG);
    });

    it('leaves nothing behind where the order was erased before, and no answer came (A3)', async () => {
      const opportunityId = await missing(FLAG, complete);
      await letCallsSettle();
      const erased = before('addTags', () => eraseAndRemove(opportunityId));
      const match = { method: 'POST', path: '/addTags$' };
      await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'drop_after', times: 1 });
      await lookOnItsOwn(opportunityId);
      await erased;
      await untilNothingIsLeft(opportunityId);
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null, warnings: [] });
    });

    it('ends with the status that is true by then where the order moved on before (S1)', async () => {
      const opportunityId = await missing(IN_PROGRESS, async (id) => {
        const { orderGuid } = await play.orderAtVictig(id);
        await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
      });
      const movedOn = before('addTags', async () => {
        await complete(opportunityId);
        await play.untilStatus(opportunityId, 'Complete');
        await untilIdle('report-progress');
      });
      await lookOnItsOwn(opportunityId);
      await movedOn;
      await untilIdle('report-progress');
      await play.untilStatus(opportunityId, 'Complete');
    });

    it('touches nothing where another order took its place (T7)', async () => {
      const opportunityId = await missing(FLAG, complete);
      const { id: orderId } = await play.order(opportunityId);
      await service.admin
        .post('/admin/v1/orders')
        .send({ installationId: play.installation.id, opportunityId })
        .expect(201);
      await play.untilStatus(opportunityId, 'Pending');
      await untilIdle('place-order', 'report-progress');
      const { id: installationId } = play.installation;
      await service
        .part(ReportProgress)
        .handle({ installationId, opportunityId, orderId, missingTags: true });
      expect((await play.untilStatus(opportunityId, 'Pending')).tags).not.toContain(FLAG);
    });
  });

  const seen = (opportunityId: string): Promise<{ notes: unknown[]; files: unknown[] }> =>
    play.drive('GET', `/lever/opportunities/${opportunityId}`);
  /** What is there in the end, when each run and its successors are through. */
  const shownOnce = async (opportunityId: string): Promise<void> => {
    await play.untilStatus(opportunityId, 'Complete');
    await untilIdle('report-progress', 'attach-report');
    const { notes, files } = await seen(opportunityId);
    expect({ notes: notes.length, files: files.length }).toEqual({ notes: 1, files: 1 });
  };
  /** The run that has the job by now, as after the first one's process stood still for long. */
  const runOf = async (call: (typeof UNREPEATABLE)[number], opportunityId: string): Promise<void> => {
    const { id: orderId } = await play.order(opportunityId);
    const { id: installationId } = play.installation;
    const reference = `BGC-${orderId.slice(-12)}-R1`;
    await (call === 'addNote'
      ? service.part(ReportProgress).handle({ installationId, opportunityId, orderId })
      : service.part(AttachReport).handle({ installationId, orderId, reference }, { attempt: 1 }));
  };
  it.each(UNREPEATABLE)(
    'is not begun where the next run no longer waits for it: %s (F1, R1, R5)',
    async (call) => {
      await attachReports();
      const opportunityId = await pending();
      const stoodStill = before(call, async () => {
        service.clock.forward(SETTLED_MS);
        await runOf(call, opportunityId);
      });
      await complete(opportunityId);
      await expect(stoodStill).resolves.toBeUndefined();
      await shownOnce(opportunityId);
    },
  );

  it.each(UNREPEATABLE)(
    'is made by the next try, at once, where nobody took it over: %s (F1, R1, R5)',
    async (call) => {
      await attachReports();
      const opportunityId = await pending();
      const looked = vi.spyOn(lever, call === 'addNote' ? 'findNote' : 'findFile');
      const stoodStill = before(call, async () => service.clock.forward(SETTLED_MS - 20_000));
      await complete(opportunityId);
      await expect(stoodStill).resolves.toBeUndefined();
      await shownOnce(opportunityId);
      expect(looked).not.toHaveBeenCalled();
    },
  );

  it.each(UNREPEATABLE)(
    'is made where it was waited for as long as a call waits for its turn: %s (F1, F3)',
    async (call) => {
      await attachReports();
      const opportunityId = await pending();
      service.clock.stand();
      const waited = before(call, async () => service.clock.forward(LONGEST_TURN_MS));
      await complete(opportunityId);
      await expect(waited).resolves.toBeUndefined();
      await shownOnce(opportunityId);
      expect(lever[call]).toHaveBeenCalledOnce();
    },
  );

  it.each(UNREPEATABLE)(
    'leaves it written down that another run began since, whose fate is unknown: %s (F1)',
    async (call) => {
      await attachReports();
      const opportunityId = await pending();
      const made = lever[call].bind(lever) as (...given: unknown[]) => Promise<string>;
      const stoodStill = before(call, async () => {
        service.clock.forward(SETTLED_MS);
        vi.spyOn(lever, call).mockImplementationOnce(async (...given: unknown[]) => {
          await made(...given);
          throw answerLost();
        });
        await expect(runOf(call, opportunityId)).rejects.toThrow(UpstreamError);
      });
      await complete(opportunityId);
      await expect(stoodStill).resolves.toBeUndefined();
      await shownOnce(opportunityId);
    },
  );

  it.each([
    ['addNote', 'findNote'],
    ['attachFile', 'findFile'],
  ] as const)(
    'is not begun where another run was there since its earlier try was looked for: %s (F1)',
    async (call, lookUp) => {
      await attachReports();
      const opportunityId = await pending();
      vi.spyOn(lever, call).mockImplementationOnce(() => {
        service.clock.forward(SETTLED_MS);
        return Promise.reject(answerLost());
      });
      const { done, asking } = andThen(lever[lookUp].bind(lever), () => runOf(call, opportunityId));
      vi.spyOn(lever, lookUp).mockImplementationOnce(asking);
      await complete(opportunityId);
      await expect(done).resolves.toBeUndefined();
      await shownOnce(opportunityId);
    },
  );

  it('is not begun where another run was there while the report was read: attachFile (F1)', async () => {
    await attachReports();
    const opportunityId = await pending();
    const provider = service.part(ScreeningProvider);
    const run = () => runOf('attachFile', opportunityId);
    const { done, asking } = andThen(provider.readReport.bind(provider), run);
    vi.spyOn(provider, 'readReport').mockImplementationOnce(asking);
    await complete(opportunityId);
    await expect(done).resolves.toBeUndefined();
    await shownOnce(opportunityId);
  });

  const eraseAlone = async (opportunityId: string): Promise<void> => {
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({}).expect(200);
  };

  it('is not begun where the order was erased while the report was read: attachFile (A3, R5)', async () => {
    await attachReports();
    const opportunityId = await pending();
    const provider = service.part(ScreeningProvider);
    const { done, asking } = andThen(provider.readReport.bind(provider), async () => {
      await play.untilStatus(opportunityId, 'Complete');
      await untilIdle('report-progress');
      await eraseAlone(opportunityId);
    });
    vi.spyOn(provider, 'readReport').mockImplementationOnce(asking);
    const uploads = vi.spyOn(lever, 'attachFile');
    await complete(opportunityId);
    await expect(done).resolves.toBeUndefined();
    await untilIdle('attach-report');
    expect(uploads).not.toHaveBeenCalled();
    expect(await seen(opportunityId)).toMatchObject({ notes: [{}], files: [] });
  });

  it('is not begun again where the order was erased while an earlier try was looked for: attachFile (A3, R5)', async () => {
    await attachReports();
    const opportunityId = await pending();
    const uploads = vi.spyOn(lever, 'attachFile').mockImplementationOnce(async () => {
      await play.untilStatus(opportunityId, 'Complete');
      await untilIdle('report-progress');
      service.clock.forward(SETTLED_MS);
      throw answerLost();
    });
    const { done, asking } = andThen(lever.findFile.bind(lever), () => eraseAlone(opportunityId));
    vi.spyOn(lever, 'findFile').mockImplementationOnce(asking);
    await complete(opportunityId);
    await expect(done).resolves.toBeUndefined();
    await untilIdle('attach-report');
    expect(uploads).toHaveBeenCalledOnce();
    expect(await seen(opportunityId)).toMatchObject({ notes: [{}], files: [] });
  });

  /** Complete, with a result and what changed of it, of neither of which Lever takes the note. */
  const withTwoNotesLeft = async (): Promise<string> => {
    const opportunityId = await pending();
    const refusing = vi
      .spyOn(lever, 'addNote')
      .mockImplementation(() =>
        Promise.reject(
          new UpstreamError('unavailable', { vendor: 'Lever', operation: 'a write', fate: 'answered' }),
        ),
      );
    await complete(opportunityId);
    await eventually(async () => expect(await play.order(opportunityId)).toMatchObject({ flagged: true }));
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/reopen`);
    const changed = { flagged: false, decision: 'Eligible' };
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, changed);
    await eventually(async () => expect(await play.order(opportunityId)).toMatchObject(changed));
    await untilNoneRuns(service, ['report-progress'], { opportunityId });
    refusing.mockRestore();
    return opportunityId;
  };
  const tryNotes = async (opportunityId: string): Promise<void> => {
    const { id } = await play.order(opportunityId);
    await service.admin.post(`/admin/v1/orders/${id}/retry`).send({}).expect(200);
  };

  it('is not begun where the order was erased while the note before it was posted: addNote (A3, R1)', async () => {
    const opportunityId = await withTwoNotesLeft();
    const erased = before('addNote', () => eraseAlone(opportunityId));
    const notesBegun = vi.spyOn(lever, 'addNote');
    await tryNotes(opportunityId);
    await expect(erased).resolves.toBeUndefined();
    await untilIdle('report-progress', 'attach-report', 'remove-from-tracking');
    expect(notesBegun).toHaveBeenCalledOnce();
    // Nobody is told any more how it ended: what was on its way stays, and no tag says what it is not.
    const { notes, tags } = await play.opportunity(opportunityId);
    expect(notes).toHaveLength(1);
    expect(tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag))).toEqual([]);
  });

  // The embedded database does one thing after the other.
  describe.runIf(inject('databaseTemplate').kind === 'server')('and waits for an erasure', () => {
    it.each(UNREPEATABLE)('is not begun once that is done: %s (A3)', async (call) => {
      await attachReports();
      const opportunityId = await pending();
      await complete(opportunityId);
      await shownOnce(opportunityId);
      const { id: orderId } = await play.order(opportunityId);
      for (const table of ['progress_notes', 'report_files']) {
        await service.database.query(`DELETE FROM ${table} WHERE order_id = $1`, [orderId]);
      }
      const made = vi.spyOn(lever, call);
      const isLocked = Promise.withResolvers<void>();
      const mayCommit = Promise.withResolvers<void>();
      const erasing = withCommitGuard(
        async () => {
          isLocked.resolve();
          await mayCommit.promise;
        },
        () => {
          const key = { installationId: play.installation.id, orderId };
          return service.part(EraseOrder).run('test', key, { removeFromLever: false });
        },
      );
      await isLocked.promise;
      const run = runOf(call, opportunityId).catch((error: unknown) => error);
      await eventually(async () => {
        const waiting = await service.database.query<unknown[]>(
          `SELECT pid FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO %'`,
        );
        expect(waiting).toHaveLength(1);
      }).finally(mayCommit.resolve);
      await erasing;
      expect(await run).toBeInstanceOf(OrderRaceLost);
      expect(made).not.toHaveBeenCalled();
    });
  });
});
