import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const ERROR_AFTER_MS = 900_000;
/** Longer than a note whose answer never came may take to come true. */
const SETTLED_MS = 61_000;
const tag = (value: string): string => `Background Check Status: ${value}`;
const NO_GRANT_KEY = 'key-without-confidential-access';

describe('what Lever shows of an order', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.drive('POST', '/lever/keys', { key: NO_GRANT_KEY, confidential: false });
    await play.setUp({ reorder: 'always' }, { lever: { apiKey: NO_GRANT_KEY } });
  });
  afterAll(() => service.stop());
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await behave({ stickyTags: [], lockedTags: [], lockedTagsStatus: 200 });
  });

  const behave = (behaviour: object): Promise<unknown> => play.drive('PATCH', '/lever/behaviour', behaviour);
  /** @param id of the one opportunity; left out: all */
  const failNotes = (fault: object, id = ''): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: `${id}/notes$` },
      times: null,
      ...fault,
    });
  const pending = async (fields: object = {}): Promise<string> => {
    const id = await play.candidate(fields);
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    return id;
  };
  const advance = async (id: string, step: 'finish-quickapp' | 'complete'): Promise<void> => {
    const orders = await play.ordersAtVictig(id);
    const { orderGuid } = orders.at(-1) ?? { orderGuid: '' };
    await play.drive('POST', `/victig/orders/${orderGuid}/${step}`, { flagged: false });
  };
  const callsOf = async (opportunityId: string, suffix = ''): Promise<string[]> => {
    const calls = await play.drive<{ method: string; path: string }[]>('GET', '/calls?vendor=lever');
    return calls
      .filter(({ path }) => path.includes(opportunityId) && path.endsWith(suffix))
      .map(({ method, path }) => `${method} ${path}`);
  };

  describe('when Lever refuses notes', () => {
    it('says so on the order, shows Error in time and never Complete, and Complete when it works (S3, R4)', async () => {
      const id = await pending();
      await failNotes({ kind: 'status', status: 503 });
      await advance(id, 'complete');
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          status: 'complete',
          leverTrouble: { failure: 'unavailable' },
        });
      });
      expect((await play.opportunity(id)).tags).toContain(tag('Pending'));
      service.clock.forward(ERROR_AFTER_MS);
      await play.untilStatus(id, 'Error');
      expect(await play.order(id)).toMatchObject({ status: 'complete' });

      await play.drive('DELETE', '/faults');
      service.clock.forward(SETTLED_MS);
      const seen = await play.untilStatus(id, 'Complete');
      expect(seen.notes).toHaveLength(1);
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({ status: 'complete', leverTrouble: null });
      });
      const { id: orderId } = await play.order(id);
      const kinds = (await play.timeline(orderId)).map(({ kind }) => kind);
      expect(kinds).toContain('report_trouble');
      expect(kinds).toContain('report_trouble_over');
    });

    it('names the permission that is missing (S3)', async () => {
      const id = await pending();
      await failNotes({ kind: 'status', status: 403 });
      await advance(id, 'complete');
      const { id: orderId } = await play.order(id);
      await eventually(async () => {
        const trouble = (await play.timeline(orderId)).find(({ kind }) => kind === 'report_trouble');
        expect(trouble?.data).toMatchObject({ failure: 'unauthorized', permission: 'notes:write:admin' });
      });
      expect(await play.order(id)).toMatchObject({ leverTrouble: { failure: 'unauthorized' } });
    });
  });

  it('says so on the order where Lever does not find it, and does not say whether it is gone (S3)', async () => {
    const id = await pending();
    const refuse = (method: string, path: string, status: number): Promise<unknown> =>
      play.drive('POST', '/faults', {
        vendor: 'lever',
        match: { method, path },
        kind: 'status',
        status,
        times: null,
      });
    await refuse('POST', '/addTags$', 404);
    await refuse('GET', `/opportunities/${id}$`, 503);
    await advance(id, 'finish-quickapp');
    await eventually(async () => {
      expect(await play.order(id)).toMatchObject({
        status: 'in_progress',
        leverTrouble: { failure: 'unavailable' },
      });
    });

    await play.drive('DELETE', '/faults');
    await play.untilStatus(id, 'In Progress');
    await eventually(async () => expect(await play.order(id)).toMatchObject({ leverTrouble: null }));
  });

  describe('a note of which it is not known whether it was taken', () => {
    it('is found when Lever took it (F1)', async () => {
      const id = await pending();
      await failNotes({ kind: 'status_after', status: 500, times: 1 }, id);
      await advance(id, 'complete');
      expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
      expect(await callsOf(id, '/notes')).toEqual(expect.arrayContaining([expect.stringMatching(/^GET/)]));
    });

    it('is not posted again while the first may still come true (F1)', async () => {
      const id = await pending();
      await failNotes({ kind: 'drop_before', times: 1 }, id);
      await advance(id, 'complete');
      await eventually(async () => {
        const looked = (await callsOf(id, '/notes')).filter((call) => call.startsWith('GET'));
        expect(looked.length).toBeGreaterThan(0);
      });
      const { id: orderId } = await play.order(id);
      const [row] = await service.database.query<{ reference: string }[]>(
        'SELECT reference FROM progress_notes WHERE order_id = $1',
        [orderId],
      );
      // Lever was slow, and takes it only now.
      const value = `late, but there. Reference: ${row?.reference}`;
      await play.drive('POST', `/lever/opportunities/${id}/notes`, { value, secret: true });
      const seen = await play.untilStatus(id, 'Complete');
      expect(seen.notes).toHaveLength(1);
      const posts = (await callsOf(id, '/notes')).filter((call) => call.startsWith('POST'));
      expect(posts).toHaveLength(1);
    });

    it('is posted again once the first can no longer come true, and at once when Lever said no (F1)', async () => {
      const id = await pending();
      await failNotes({ kind: 'drop_before', times: 1 }, id);
      await advance(id, 'complete');
      await eventually(async () => expect((await callsOf(id, '/notes')).length).toBeGreaterThan(1));
      service.clock.forward(SETTLED_MS);
      expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);

      const refused = await pending();
      await failNotes({ kind: 'status', status: 429, headers: { 'retry-after': '1' }, times: 1 }, refused);
      await advance(refused, 'complete');
      expect((await play.untilStatus(refused, 'Complete')).notes).toHaveLength(1);
      expect((await callsOf(refused, '/notes')).every((call) => call.startsWith('POST'))).toBe(true);
    });
  });

  describe('tags that Lever does not let us change', () => {
    it('are a warning when an old one stays, until it goes', async () => {
      const id = await pending();
      await behave({ stickyTags: [tag('Pending')] });
      await advance(id, 'finish-quickapp');
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          status: 'in_progress',
          leverTrouble: null,
          warnings: [{ code: 'tag_not_removed', details: [tag('Pending')] }],
        });
      });
      expect((await play.opportunity(id)).tags).toEqual(
        expect.arrayContaining([tag('Pending'), tag('In Progress')]),
      );
      expect(await callsOf(id, '/removeTags')).toHaveLength(1);
      await behave({ stickyTags: [] });
      await advance(id, 'complete');
      await play.untilStatus(id, 'Complete');
      await eventually(async () => expect((await play.order(id))['warnings']).toEqual([]));
    });

    it('are a warning when the posting gives an old status to all its candidates, and nothing is repeated at once', async () => {
      const posting = await play.drive<{ id: string }>('POST', '/lever/postings', { text: 'Driver' });
      const tags = [tag('Complete'), 'Driver with licence'];
      await play.drive('PATCH', `/lever/postings/${posting.id}`, { tags });
      await behave({ stickyTags: [tag('Complete')] });
      const id = await play.candidate({ postingId: posting.id });
      await play.move(id);
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          status: 'pending',
          leverTrouble: null,
          warnings: [{ code: 'tag_not_removed', details: [tag('Complete')] }],
        });
      });
      expect((await play.opportunity(id)).tags).toEqual(
        expect.arrayContaining([tag('Complete'), tag('Pending'), 'Driver with licence']),
      );
      expect(await callsOf(id, '/removeTags')).toHaveLength(1);
      // Once it is complete, the tag of the posting is right.
      await advance(id, 'complete');
      expect((await play.untilStatus(id, 'Complete')).tags).toContain('Driver with licence');
      await eventually(async () => expect((await play.order(id))['warnings']).toEqual([]));
    });

    it.each([200, 400, 403])('are a warning when one cannot be made (%i)', async (lockedTagsStatus) => {
      const id = await pending();
      await behave({ lockedTags: [tag('In Progress')], lockedTagsStatus });
      await advance(id, 'finish-quickapp');
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          leverTrouble: null,
          warnings: [{ code: 'tag_not_added', details: [tag('In Progress')] }],
        });
      });
      // An old status would be a lie.
      const { tags } = await play.opportunity(id);
      expect(tags.filter((text) => text.startsWith('Background Check Status:'))).toEqual([]);
      expect(tags).toEqual(expect.arrayContaining(['Full-time', 'met at fair']));
      await advance(id, 'complete');
      await play.untilStatus(id, 'Complete');
    });
  });

  it('takes a status away that others wrote, whatever characters are in it (S1)', async () => {
    const id = await play.candidate({
      tags: ['Background Check Status: \ud83d', 'Background Check Status: a\0'],
    });
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    expect(await play.order(id)).toMatchObject({ warnings: [] });
  });

  it('leaves the tags to the newer of two orders of one opportunity', async () => {
    const id = await pending();
    await failNotes({ kind: 'status', status: 503 });
    await advance(id, 'complete');
    await eventually(async () => {
      expect(await play.order(id)).toMatchObject({
        status: 'complete',
        leverTrouble: { failure: 'unavailable' },
      });
    });
    const older = await play.order(id);
    await play.move(id, OTHER_STAGE);
    await play.move(id);
    await eventually(async () => {
      const newer = await play.order(id);
      expect(newer.id).not.toBe(older.id);
      expect(newer.status).toBe('pending');
    });
    await play.drive('DELETE', '/faults');
    service.clock.forward(SETTLED_MS);
    await eventually(async () => {
      const kinds = (await play.timeline(older.id)).map(({ kind }) => kind);
      expect(kinds).toContain('report_trouble_over');
    });
    expect((await play.untilStatus(id, 'Pending')).notes).toHaveLength(1);
  });

  describe('an opportunity', () => {
    const WAITING = `name = 'place-order' AND state = 'created' AND data -> 'payload' ->> 'opportunityId' = $1`;
    /** Waits until it is to be read once more, and has that done now. */
    const secondLook = async (id: string): Promise<void> => {
      await eventually(async () => {
        const jobs = await service.database.query<{ waits: number }[]>(
          `SELECT extract(epoch FROM start_after - now())::float AS waits FROM pgboss.job
           WHERE ${WAITING} AND data -> 'payload' ->> 'secondLook' = 'true'`,
          [id],
        );
        expect(jobs).toHaveLength(1);
        expect(jobs[0]?.waits).toBeGreaterThan(30);
      });
      expect((await play.deliveries()).at(-1)).toMatchObject({ outcome: 'queued', reason: null });
      await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE ${WAITING}`, [id]);
    };

    it('that Lever refuses once is ordered for all the same (T6, F2)', async () => {
      const id = await play.candidate();
      const match = { method: 'GET', path: `/opportunities/${id}` };
      await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 403, times: 1 });
      await play.move(id);
      await secondLook(id);
      await play.untilStatus(id, 'Pending');
      await play.orderAtVictig(id);
    });

    it('that is confidential and not granted is ignored after a second look, and the delivery says so', async () => {
      const id = await play.candidate({ confidential: true });
      await play.move(id);
      await secondLook(id);
      await eventually(async () => {
        const reasons = (await play.deliveries()).map(({ outcome, reason }) => [outcome, reason]);
        expect(reasons).toContainEqual(['ignored', 'opportunity_confidential']);
      });
      expect(await play.ordersAtVictig(id)).toEqual([]);
    });

    it('whose applications may not be read is not taken for confidential: the delivery waits, and is tried again (F2)', async () => {
      const scopes = ['opportunities', 'notes', 'stages', 'postings'].map((what) => `${what}:write:admin`);
      await play.drive('POST', '/lever/keys', { key: NO_GRANT_KEY, confidential: false, scopes });
      const id = await play.candidate();
      await play.move(id);
      await eventually(async () => {
        const jobs = await service.database.query<{ attempt: number }[]>(
          `SELECT (data ->> 'attempt')::int AS attempt FROM pgboss.job WHERE ${WAITING}`,
          [id],
        );
        expect(jobs).toHaveLength(1);
        expect(jobs[0]?.attempt).toBeGreaterThanOrEqual(2);
      });
      expect((await play.deliveries()).at(-1)).toMatchObject({ outcome: 'queued', reason: null });

      await play.drive('POST', '/lever/keys', { key: NO_GRANT_KEY, confidential: false });
      await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE ${WAITING}`, [id]);
      await play.untilStatus(id, 'Pending');
    });

    it('that was anonymised before the move is refused with the reason (S2)', async () => {
      const id = await play.candidate({ isAnonymized: true, name: '', emails: [], phones: [] });
      await play.move(id);
      const { notes } = await play.untilStatus(id, 'Rejected');
      expect(notes).toHaveLength(1);
      expect(notes[0]?.fields[0]?.value).toContain('the candidate has been anonymized in Lever');
      expect(await play.order(id)).toMatchObject({
        status: 'rejected',
        statusReason: 'candidate_anonymized',
      });
      expect(await play.ordersAtVictig(id)).toEqual([]);
    });

    it('that was deleted, or merged into another, before it could be read is ignored, and the delivery says so (T6)', async () => {
      // Lever answers 404 in either case.
      const id = await play.candidate();
      await play.drive('DELETE', `/lever/opportunities/${id}`);
      const data = { opportunityId: id, toStageId: TRIGGER_STAGE };
      await play.knock(leverWebhook({ data })).expect(200);
      await eventually(async () => {
        const rows = await service.database.query<object[]>(
          `SELECT outcome, reason FROM deliveries WHERE facts->>'opportunityId' = $1`,
          [id],
        );
        expect(rows).toEqual([{ outcome: 'ignored', reason: 'opportunity_not_found' }]);
      });
      expect(await play.ordersAtVictig(id)).toEqual([]);
    });

    it('that becomes confidential is trouble of the order until access is granted', async () => {
      const id = await pending();
      await play.drive('PATCH', `/lever/opportunities/${id}`, { confidential: true });
      await advance(id, 'complete');
      await eventually(async () => {
        expect(await play.order(id)).toMatchObject({
          status: 'complete',
          leverTrouble: { failure: 'unauthorized' },
        });
      });
    });

    it('that was deleted ends reporting, and the timeline says so', async () => {
      const id = await pending();
      const { id: orderId } = await play.order(id);
      const order = await play.orderAtVictig(id);
      await play.drive('DELETE', `/lever/opportunities/${id}`);
      await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
      await eventually(async () => {
        const kinds = (await play.timeline(orderId)).map(({ kind }) => kind);
        expect(kinds).toContain('opportunity_gone');
      });
      expect(await play.order(id)).toMatchObject({ status: 'complete', leverTrouble: null });
    });

    it.each([
      ['archived', 'POST', '/archive', { reason: SEED.lever.archiveReasons.withdrew }],
      ['anonymised', 'PATCH', '', { isAnonymized: true, name: '', emails: [] }],
      ['merged into another contact', 'PATCH', '', { contactId: 'another-contact' }],
    ])('that was %s meanwhile still gets its result', async (_name, method, path, change) => {
      const id = await pending();
      const { orderGuid } = await play.orderAtVictig(id);
      await play.drive(method, `/lever/opportunities/${id}${path}`, change);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
      expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
    });
  });
});
