import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const tag = (value: string): string => `Background Check Status: ${value}`;
const MINUTE = 60;
const HOUR = 3_600;
const WEEK = 7 * 24 * HOUR;

describe('a tag that Lever did not take, or let go,', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ reorder: 'always' });
  });
  afterAll(() => service.stop());
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await lock();
    await stick();
  });

  const lock = (lockedTags: string[] = [], lockedTagsStatus = 403): Promise<unknown> =>
    play.drive('PATCH', '/lever/behaviour', { lockedTags, lockedTagsStatus });
  const refuseTags = (status: number, times: number): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: '/addTags$' },
      kind: 'status',
      status,
      times,
    });
  /** As a proxy before Lever may, once. */
  const refuseRemoval = (id: string): Promise<unknown> =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      match: { method: 'POST', path: `/${id}/removeTags$` },
      kind: 'status',
      status: 400,
      times: 1,
    });
  const stick = (...stickyTags: string[]): Promise<unknown> =>
    play.drive('PATCH', '/lever/behaviour', { stickyTags });
  const pending = async (): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    return id;
  };
  const advance = async (id: string, step: 'finish-quickapp' | 'complete'): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/${step}`, { flagged: false });
  };
  const untilWarned = (id: string, details: string[]): Promise<void> =>
    eventually(async () => {
      const warnings = details.length === 0 ? [] : [{ code: 'tag_not_added', details }];
      expect(await play.order(id)).toMatchObject({ leverTrouble: null, warnings });
    });
  const untilStuck = (id: string, details: string[]): Promise<void> =>
    eventually(async () => {
      const warnings = [{ code: 'tag_not_removed', details }];
      expect(await play.order(id)).toMatchObject({ leverTrouble: null, warnings });
    });
  const tagsSet = async (id: string): Promise<object[]> =>
    (await play.timeline((await play.order(id)).id))
      .filter(({ kind }) => kind === 'tags_set')
      .map(({ data }) => data);
  const refresh = async (id: string, status: number): Promise<void> => {
    const order = await play.order(id);
    await service.admin.post(`/admin/v1/orders/${order.id}/refresh`).send({}).expect(status);
  };
  /** The looks at an opportunity that wait, and for how many seconds. */
  const waitingLooks = (id: string): Promise<{ id: string; seconds: number }[]> =>
    service.database.query(
      `SELECT id, extract(epoch FROM start_after - now())::float AS seconds FROM pgboss.job
       WHERE name = 'report-progress' AND state = 'created'
         AND data -> 'payload' ->> 'opportunityId' = $1 AND data -> 'payload' ->> 'missingTags' = 'true'`,
      [id],
    );
  /** That one look waits, for so long. */
  const untilWaiting = (id: string, seconds: number): Promise<string> =>
    eventually(async () => {
      const looks = await waitingLooks(id);
      expect(looks).toHaveLength(1);
      const [look] = looks;
      expect(look?.seconds).toBeLessThanOrEqual(seconds + 10);
      expect(look?.seconds).toBeGreaterThan(seconds - 50);
      return look?.id ?? '';
    });
  /** Waits for the look that is due in so many seconds, has it made now, and answers the calls of it that change tags. */
  const look = async (id: string, dueIn: number): Promise<string[]> => {
    const job = await untilWaiting(id, dueIn);
    const before = await tagCalls(id);
    await service.database.query(`UPDATE pgboss.job SET start_after = now() WHERE id = $1`, [job]);
    await eventually(async () => {
      const [row] = await service.database.query<{ state: string }[]>(
        'SELECT state FROM pgboss.job WHERE id = $1',
        [job],
      );
      expect(row?.state ?? 'completed').toBe('completed');
    });
    return (await tagCalls(id)).slice(before.length);
  };
  const tagCalls = async (id: string): Promise<string[]> => {
    const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever');
    return calls
      .map(({ path }) => path)
      .filter((path) => path.includes(id) && path.endsWith('Tags'))
      .map((path) => path.replace(/.*\//, ''));
  };
  const statusTags = async (id: string): Promise<string[]> =>
    (await play.opportunity(id)).tags.filter((text) => text.startsWith('Background Check Status:'));

  it('is told apart from one of which the answer does not tell: the old status goes all the same', async () => {
    const id = await pending();
    for (const path of ['/addTags$', '/removeTags$']) {
      const fault = { kind: 'status_after', status: 200, body: { data: {} }, times: null };
      await play.drive('POST', '/faults', { vendor: 'lever', match: { method: 'POST', path }, ...fault });
    }
    await advance(id, 'finish-quickapp');
    const { tags } = await play.untilStatus(id, 'In Progress');
    expect(tags).not.toContain(tag('Pending'));
    expect(await play.order(id)).toMatchObject({ leverTrouble: null, warnings: [] });
  });

  it('is there by itself after a second look, where Lever refused three times in a row (S1, F2)', async () => {
    const id = await pending();
    await refuseTags(403, 3);
    await advance(id, 'complete');
    await untilWarned(id, [tag('Complete'), 'Flag: False']);
    expect(await statusTags(id)).toEqual([]);
    expect(await look(id, MINUTE)).toEqual(['addTags']);
    const { tags } = await play.untilStatus(id, 'Complete');
    expect(tags).toEqual(expect.arrayContaining(['Full-time', 'met at fair', 'Flag: False']));
    await untilWarned(id, []);
    expect(await waitingLooks(id)).toEqual([]);
    const told = (await play.timeline((await play.order(id)).id)).findLast(({ kind }) => kind === 'tags_set');
    expect(told).toMatchObject({ data: { added: [tag('Complete'), 'Flag: False'], notAdded: [] } });
  });

  it.each([200, 400, 403])(
    'is there once the order is refreshed after the setting was mended (%i), beside one status tag all along (S1, R2)',
    async (status) => {
      const id = await pending();
      await lock(['Flag: False'], status);
      await advance(id, 'complete');
      await untilWarned(id, ['Flag: False']);
      await play.untilStatus(id, 'Complete');
      // Only what is missing is asked for: nothing is taken away meanwhile.
      expect(await look(id, MINUTE)).toEqual(['addTags']);
      await play.untilStatus(id, 'Complete');
      await untilWaiting(id, HOUR);

      await refresh(id, 200);
      await untilWaiting(id, HOUR);
      await untilWarned(id, ['Flag: False']);
      await lock();
      const before = await tagCalls(id);
      await refresh(id, 200);
      await untilWarned(id, []);
      expect((await play.untilStatus(id, 'Complete')).tags).toContain('Flag: False');
      expect(new Set((await tagCalls(id)).slice(before.length))).toEqual(new Set(['addTags']));
      expect(await waitingLooks(id)).toEqual([]);
      const all = await tagCalls(id);
      await refresh(id, 200);
      await play.untilAllRead();
      expect(await tagCalls(id)).toEqual(all);
    },
  );

  it('is put there without those that are still refused (S1, R2)', async () => {
    const id = await pending();
    await lock([tag('Complete'), 'Flag: False']);
    await advance(id, 'complete');
    await untilWarned(id, [tag('Complete'), 'Flag: False']);
    await lock(['Flag: False']);
    expect(await look(id, MINUTE)).toEqual(['addTags', 'addTags', 'addTags']);
    await play.untilStatus(id, 'Complete');
    await untilWarned(id, ['Flag: False']);
    await untilWaiting(id, HOUR);
  });

  it('is looked for ever less often, by one job, and the next status soon again (F2)', async () => {
    const id = await pending();
    await lock([tag('In Progress'), tag('Complete')]);
    await advance(id, 'finish-quickapp');
    await untilWarned(id, [tag('In Progress')]);
    expect(await look(id, MINUTE)).toEqual(['addTags']);
    const { id: orderId } = await play.order(id);
    const grow = (hours: number): Promise<unknown> =>
      service.database.query(
        'UPDATE orders SET updated_at = updated_at - make_interval(hours => $2) WHERE id = $1',
        [orderId, hours],
      );
    await grow(3);
    expect(await look(id, HOUR)).toEqual(['addTags']);
    await grow(1_000);
    expect(await look(id, 3 * HOUR)).toEqual(['addTags']);
    await untilWaiting(id, WEEK);
    await advance(id, 'complete');
    await untilWarned(id, [tag('Complete')]);
    await untilWaiting(id, MINUTE);
    expect(await statusTags(id)).toEqual([]);
    await lock();
    await look(id, MINUTE);
    await play.untilStatus(id, 'Complete');
  });

  it('is no trouble of the order where Lever cannot be asked (F2)', async () => {
    const id = await pending();
    await lock([tag('In Progress')]);
    await advance(id, 'finish-quickapp');
    await untilWarned(id, [tag('In Progress')]);
    await lock();
    await refuseTags(503, 1);
    expect(await look(id, MINUTE)).toEqual(['addTags']);
    await untilWarned(id, [tag('In Progress')]);
    await look(id, MINUTE);
    await play.untilStatus(id, 'In Progress');
    await untilWarned(id, []);
  });

  it('is tried again for an order that was never placed, too, which else cannot be refreshed (S2)', async () => {
    await lock([tag('Rejected')]);
    const id = await play.candidate({ emails: [] });
    await play.move(id);
    await untilWarned(id, [tag('Rejected')]);
    await lock();
    await refresh(id, 200);
    expect((await play.untilStatus(id, 'Rejected')).notes).toHaveLength(1);
    await untilWarned(id, []);
    await refresh(id, 409);
  });

  describe('being an old one', () => {
    it('is gone by itself after a second look, where Lever refused once (R2, F2)', async () => {
      const id = await pending();
      await refuseRemoval(id);
      await advance(id, 'complete');
      await untilStuck(id, [tag('Pending')]);
      expect(await statusTags(id)).toEqual([tag('Pending'), tag('Complete')]);
      expect(await look(id, MINUTE)).toEqual(['removeTags']);
      expect((await play.untilStatus(id, 'Complete')).tags).toContain('Flag: False');
      await untilWarned(id, []);
      expect(await waitingLooks(id)).toEqual([]);
      expect((await tagsSet(id)).at(-1)).toEqual({
        added: [],
        removed: [tag('Pending')],
        notAdded: [],
        notRemoved: [],
      });
    });

    it('is looked at ever less often while it stays, which is told once, and at once when asked for (F2)', async () => {
      const id = await pending();
      await stick(tag('Pending'));
      await advance(id, 'complete');
      await untilStuck(id, [tag('Pending')]);
      const told = await tagsSet(id);
      expect(await look(id, MINUTE)).toEqual(['removeTags']);
      const { id: orderId } = await play.order(id);
      await service.database.query(
        `UPDATE orders SET updated_at = updated_at - interval '3 hours' WHERE id = $1`,
        [orderId],
      );
      expect(await look(id, HOUR)).toEqual(['removeTags']);
      await untilWaiting(id, 3 * HOUR);
      expect(await tagsSet(id)).toEqual(told);

      await stick();
      const before = await tagCalls(id);
      await refresh(id, 200);
      await play.untilStatus(id, 'Complete');
      await untilWarned(id, []);
      expect((await tagCalls(id)).slice(before.length)).toEqual(['removeTags']);
      expect(await waitingLooks(id)).toEqual([]);
    });

    it('is looked at together with one that is not there, and each is told of as it is', async () => {
      const id = await pending();
      await lock(['Flag: False']);
      await stick(tag('Pending'));
      await advance(id, 'complete');
      await eventually(async () => {
        const { warnings } = await play.order(id);
        expect(warnings).toMatchObject([
          { code: 'tag_not_added', details: ['Flag: False'] },
          { code: 'tag_not_removed', details: [tag('Pending')] },
        ]);
      });
      await lock();
      expect(await look(id, MINUTE)).toEqual(['addTags', 'removeTags']);
      await untilStuck(id, [tag('Pending')]);
      expect((await tagsSet(id)).at(-1)).toMatchObject({
        added: ['Flag: False'],
        notRemoved: [tag('Pending')],
      });
      await stick();
      expect(await look(id, HOUR)).toEqual(['removeTags']);
      await play.untilStatus(id, 'Complete');
      await untilWarned(id, []);
    });

    it('from an earlier order is named on record without what it tells of that result (A3)', async () => {
      const id = await pending();
      await advance(id, 'complete');
      await play.untilStatus(id, 'Complete');
      await stick('Flag: False');
      await play.move(id, OTHER_STAGE);
      await play.move(id, TRIGGER_STAGE);
      await untilStuck(id, ['Flag: …']);
      await stick();
      expect(await look(id, MINUTE)).toEqual(['removeTags']);
      await untilWarned(id, []);
      expect((await play.opportunity(id)).tags).not.toContain('Flag: False');
      expect((await tagsSet(id)).at(-1)).toMatchObject({ removed: ['Flag: …'], notRemoved: [] });
    });
  });
});
