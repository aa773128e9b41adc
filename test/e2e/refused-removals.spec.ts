import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

describe('of a removal that Lever refuses in part (A3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp(
      { attachReport: true },
      { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
    );
  });
  afterAll(() => service.stop());
  afterEach(() => play.drive('DELETE', '/faults'));

  /** An order whose results changed once: it has two notes and two files. */
  const completed = async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const { id } = await play.order(opportunityId);
    for (const flagged of [false, true]) {
      const decision = `D-${randomBytes(6).toString('hex')}`;
      await play.drive('POST', `/victig/orders/${orderGuid}/reopen`);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged, decision });
      await eventually(async () => expect(await play.order(opportunityId)).toMatchObject({ flagged }));
      await untilDone(service, ['report-progress', 'attach-report'], {
        installationId: play.installation.id,
      });
    }
    expect(await left(opportunityId)).toEqual({ tags: 3, notes: 2, files: 2 });
    return { id, opportunityId };
  };
  const left = async (opportunityId: string) => {
    const path = `/lever/opportunities/${opportunityId}`;
    const { tags, notes, files } = await play.drive<Record<'tags' | 'notes' | 'files', unknown[]>>(
      'GET',
      path,
    );
    const ours = tags.filter((tag) => /^(Background|Flag|Decision)/.test(String(tag)));
    return { tags: ours.length, notes: notes.length, files: files.length };
  };
  const fault = (method: string, path: string, more: object = {}): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 403,
      times: null,
      match: { method, path },
      ...more,
    });
  const erase = (id: string) =>
    service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
  const removals = async (id: string): Promise<object[]> =>
    (await play.timeline(id)).filter(({ kind }) => kind === 'removed_from_lever').map(({ data }) => data);
  const untilTroubled = (opportunityId: string, failure: string): Promise<void> =>
    eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        leverTrouble: { failure, nextTryAt: expect.any(String) as string },
      }),
    );
  const noteIds = async (opportunityId: string): Promise<string[]> => {
    const { notes } = await play.drive<{ notes: { id: string }[] }>(
      'GET',
      `/lever/opportunities/${opportunityId}`,
    );
    return notes.map(({ id }) => id);
  };
  const removeByHand = async (opportunityId: string, noteId: string | undefined): Promise<void> => {
    const url = `${service.sandbox.leverApiUrl}/opportunities/${opportunityId}/notes/${noteId}`;
    const headers = { authorization: `Basic ${btoa(`${SEED.lever.apiKey}:`)}` };
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(204);
  };
  const callsThatRemove = async (opportunityId: string): Promise<string[]> => {
    const calls = await play.drive<{ method: string; path: string }[]>('GET', '/calls?vendor=lever');
    return calls
      .filter(({ path }) => path.includes(opportunityId))
      .filter(({ method, path }) => method === 'DELETE' || path.endsWith('/removeTags'))
      .map(({ path }) => path);
  };

  it('notes and files go where its tags do not, for ever, and all are told of once', async () => {
    const { id, opportunityId } = await completed();
    await fault('POST', '/removeTags$');
    await erase(id);
    await untilTroubled(opportunityId, 'unauthorized');
    expect(await left(opportunityId)).toEqual({ tags: 3, notes: 0, files: 0 });
    const first = { tags: 0, tagsLeft: 3, notes: 2, files: 2, gone: false };
    expect(await removals(id)).toEqual([first]);
    const told = (await play.timeline(id)).findLast(({ kind }) => kind === 'report_trouble');
    expect(told?.data).toMatchObject({ failure: 'unauthorized' });

    await play.drive('DELETE', '/faults');
    await erase(id);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null, warnings: [] }),
    );
    expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 });
    expect(await removals(id)).toEqual([first, { ...first, tags: 3, tagsLeft: 0, notes: 0, files: 0 }]);
  });

  it.each([0, 1])('all else goes where one note does not (the one at %i)', async (at) => {
    const { id, opportunityId } = await completed();
    const noteId = (await noteIds(opportunityId))[at];
    await fault('DELETE', `/notes/${noteId}$`);
    await erase(id);
    await untilTroubled(opportunityId, 'unauthorized');
    expect(await left(opportunityId)).toEqual({ tags: 0, notes: 1, files: 0 });
    expect(await noteIds(opportunityId)).toEqual([noteId]);
    const first = { tags: 3, tagsLeft: 0, notes: 1, files: 2, gone: false };
    expect(await removals(id)).toEqual([first]);

    await play.drive('DELETE', '/faults');
    await erase(id);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null }),
    );
    expect(await noteIds(opportunityId)).toEqual([]);
    expect(await removals(id)).toEqual([first, { ...first, tags: 0, notes: 1, files: 0 }]);
  });

  it('all else goes where files do not', async () => {
    const { id, opportunityId } = await completed();
    await fault('DELETE', '/files/', { status: 500 });
    await erase(id);
    await untilTroubled(opportunityId, 'unavailable');
    expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 2 });
    expect((await removals(id)).at(0)).toMatchObject({ tags: 3, notes: 2, files: 0 });
  });

  it.each([
    ['notes', { notes: 1, files: 2 }],
    ['files', { notes: 2, files: 1 }],
  ])(
    'one of its %s that Lever does not find once, and lists, goes at the next try (F2)',
    async (kind, others) => {
      const { id, opportunityId } = await completed();
      await fault('DELETE', `/${opportunityId}/${kind}/`, { status: 404, times: 1 });
      await erase(id);
      await eventually(async () =>
        expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 }),
      );
      const first = { tags: 3, tagsLeft: 0, ...others, gone: false };
      const rest = { notes: 2 - others.notes, files: 2 - others.files };
      await eventually(async () =>
        expect(await removals(id)).toEqual([first, { ...first, tags: 0, ...rest }]),
      );
    },
  );

  it('nothing is left where Lever does not find the opportunity once (F2)', async () => {
    const { id, opportunityId } = await completed();
    await fault('GET', `/opportunities/${opportunityId}$`, { status: 404, times: 1 });
    await erase(id);
    const all = { tags: 3, tagsLeft: 0, notes: 2, files: 2, gone: false };
    await eventually(async () => expect(await removals(id)).toEqual([all]));
    expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 });
  });

  it('what a person deleted in Lever is no failure', async () => {
    const { id, opportunityId } = await completed();
    const [noteId] = await noteIds(opportunityId);
    await removeByHand(opportunityId, noteId);
    await erase(id);
    const all = { tags: 3, tagsLeft: 0, notes: 2, files: 2, gone: false };
    await eventually(async () => expect(await removals(id)).toEqual([all]));
    expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 });
  });

  it('an opportunity that was deleted is gone', async () => {
    const { id, opportunityId } = await completed();
    await play.drive('DELETE', `/lever/opportunities/${opportunityId}`);
    await erase(id);
    const none = { tags: 0, tagsLeft: 0, notes: 0, files: 0, gone: true };
    await eventually(async () => expect(await removals(id)).toEqual([none]));
  });

  describe('tags that are left', () => {
    const stick = (...stickyTags: string[]) => play.drive('PATCH', '/lever/behaviour', { stickyTags });
    afterEach(() => stick());

    /** The removals of an order that wait, and for how many seconds. */
    const waiting = (id: string): Promise<{ id: string; seconds: number }[]> =>
      service.database.query(
        `SELECT id, extract(epoch FROM start_after - now())::float AS seconds FROM pgboss.job
         WHERE name = 'remove-from-tracking' AND state = 'created' AND data -> 'payload' ->> 'orderId' = $1`,
        [id],
      );
    const untilWaiting = (id: string, seconds: number): Promise<string> =>
      eventually(async () => {
        const [job, ...others] = await waiting(id);
        expect(others).toEqual([]);
        expect(job?.seconds).toBeLessThanOrEqual(seconds + 50);
        expect(job?.seconds).toBeGreaterThan(seconds - 50);
        return job?.id ?? '';
      });
    /** Waits for the try that is due in so many seconds, and has it made now. */
    const tryNow = async (id: string, dueIn: number): Promise<void> => {
      const job = await untilWaiting(id, dueIn);
      await service.database.query('UPDATE pgboss.job SET start_after = now() WHERE id = $1', [job]);
      await eventually(async () => {
        const [row] = await service.database.query<{ state: string }[]>(
          'SELECT state FROM pgboss.job WHERE id = $1',
          [job],
        );
        expect(row?.state ?? 'completed').toBe('completed');
      });
    };
    const audited = async (id: string): Promise<number> => {
      const entries = await service.admin.get('/admin/v1/audit').query({ orderId: id }).expect(200);
      const { items } = entries.body as { items: { action: string }[] };
      return items.filter(({ action }) => action === 'lever.order_removed').length;
    };
    const first = { tags: 0, tagsLeft: 3, notes: 2, files: 2, gone: false };

    it('go by themselves at a second try, where Lever refused the call once (F2)', async () => {
      const { id, opportunityId } = await completed();
      // Of no other order, which may still be tried again.
      await fault('POST', `/${opportunityId}/removeTags$`, { status: 400, times: 1 });
      await erase(id);
      await eventually(async () => expect(await removals(id)).toEqual([first]));
      await tryNow(id, 60);
      expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 });
      expect(await removals(id)).toEqual([first, { ...first, tags: 3, tagsLeft: 0, notes: 0, files: 0 }]);
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null, warnings: [] });
      expect(await waiting(id)).toEqual([]);
    });

    it('are tried ever less often while they stay, which is told of once (F2)', async () => {
      const { id, opportunityId } = await completed();
      await stick('Flag: True');
      await erase(id);
      const stuck = { ...first, tags: 2, tagsLeft: 1 };
      await eventually(async () => expect(await removals(id)).toEqual([stuck]));
      await tryNow(id, 60);
      await service.database.query(
        `UPDATE orders SET updated_at = updated_at - interval '3 hours' WHERE id = $1`,
        [id],
      );
      await tryNow(id, 3_600);
      const before = await callsThatRemove(opportunityId);
      await tryNow(id, 3 * 3_600);
      // One call, of the tags alone.
      expect((await callsThatRemove(opportunityId)).slice(before.length)).toEqual([
        expect.stringMatching(/removeTags$/),
      ]);
      expect(await removals(id)).toEqual([stuck]);
      expect(await audited(id)).toBe(1);
      await stick();
      await tryNow(id, 3 * 3_600);
      expect(await left(opportunityId)).toEqual({ tags: 0, notes: 0, files: 0 });
      expect((await removals(id)).at(-1)).toMatchObject({ tags: 1, tagsLeft: 0 });
      expect(await waiting(id)).toEqual([]);
    });
  });

  it('nothing more is tried where it was said that there is no access at all', async () => {
    const { id, opportunityId } = await completed();
    const before = await callsThatRemove(opportunityId);
    await fault('DELETE', '/(notes|files)/', { status: 401 });
    await fault('POST', '/removeTags$', { status: 401 });
    await erase(id);
    await untilTroubled(opportunityId, 'unauthorized');
    // Again and again the same one.
    const tried = (await callsThatRemove(opportunityId)).slice(before.length);
    expect([...new Set(tried)]).toEqual([expect.stringContaining('/files/')]);
    expect(await removals(id)).toEqual([]);
  });
});
