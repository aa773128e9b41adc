import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EraseOrder } from '../../src/orders/forgetting/erase-order.js';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { enforceRetention, reportProgress } from '../../src/orders/jobs.js';
import { ApplicantTracking } from '../../src/orders/ports/applicant-tracking.js';
import { BlankErasedOrders1763905000000 } from '../../src/platform/database/migrations/1763905000000-blank-erased-orders.js';
import { dumpDatabase } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { endHold, enterHold, leaveInHold } from '../support/holds.js';
import { OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { tracesOf } from '../support/traces.js';
import { untilAtRest, untilDone } from '../support/until-done.js';

const DAY_MS = 24 * 3_600 * 1_000;
const ORDERS = '/admin/v1/orders';

describe('the end of personal data (A3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ referenceBy: 'tags', referencePrefix: 'Ref:', reorder: 'always' });
  });
  afterAll(() => service.stop());

  /** A check that is complete, of a person whose every detail can be told from all others. */
  async function completed() {
    const mark = randomBytes(6).toString('hex');
    const person = {
      name: `Ana${mark} Ruiz${mark}`,
      email: `ana.${mark}@example.com`,
      reference: `for ${mark}`,
    };
    const opportunityId = await play.candidate({
      name: person.name,
      emails: [person.email],
      phones: ['(628) 266-7391'],
      tags: [`Ref: ${person.reference}`],
    });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {
      flagged: true,
      decision: `D-${mark}`,
    });
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    await eventually(async () =>
      expect((await play.timeline(id)).filter(({ kind }) => kind === 'tags_set')).toHaveLength(2),
    );
    return { id, opportunityId, mark, orderGuid };
  }

  const dump = (): Promise<string> => dumpDatabase(service.database);

  const erase = (id: string, body: object = {}) => service.admin.post(`${ORDERS}/${id}/erase`).send(body);

  const verified = async (): Promise<void> => {
    const answer = await service.admin.get('/admin/v1/audit/verify').expect(200);
    expect(answer.body).toMatchObject({ ok: true, first: null });
  };

  it('leaves nothing of the person in any table, and the audit chain whole', async () => {
    const { id, mark, opportunityId } = await completed();
    await service.admin.post('/admin/v1/audit/checkpoints').expect(200);
    expect(await dump()).toContain(mark);

    const answer = await erase(id, { removeFromLever: true }).expect(200);
    expect(answer.body).toMatchObject({ status: 'complete', reference: null, flagged: null, decision: null });
    expect((answer.body as { erasedAt: string }).erasedAt).not.toBeNull();
    await eventually(async () => {
      const seen = await play.opportunity(opportunityId);
      expect(seen.tags).toContain(`Ref: for ${mark}`);
      expect(seen.tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag))).toEqual([]);
      expect(seen.notes).toEqual([]);
      expect(await play.lastStep(id)).toBe('removed_from_lever');
    });
    expect(tracesOf({ mark }, { database: await dump() })).toEqual([]);
    const [keys] = await service.database.query<{ count: string }[]>(
      'SELECT count(*) FROM order_keys WHERE order_id = $1',
      [id],
    );
    expect(keys?.count).toBe('0');
    await verified();
    const entries = await service.admin.get('/admin/v1/audit').query({ orderId: id }).expect(200);
    const { items } = entries.body as { items: { action: string; data: object }[] };
    const receipt = items.find(({ action }) => action === 'order.erased');
    expect(receipt?.data).toEqual({
      cause: 'request',
      removeFromLever: true,
      // What was blanked in the timeline: the mapping, the results and two sets of tags.
      events: 4,
    });
    await erase(id).expect(200);
  });

  describe('leaves nothing of the result', () => {
    const told = async (id: string): Promise<string> =>
      JSON.stringify([(await service.admin.get(`${ORDERS}/${id}`)).body, await play.timeline(id)]);
    const pending = async () => {
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      const { id } = await play.order(opportunityId);
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      const decision = `D-${randomBytes(6).toString('hex')}`;
      const complete = () =>
        play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true, decision });
      return { opportunityId, id, decision, complete };
    };

    it('of a check that was canceled here and completed all the same (S4)', async () => {
      const { id, decision, complete } = await pending();
      await service.admin.post(`${ORDERS}/${id}/cancel`).send({}).expect(200);
      await complete();
      await eventually(async () => expect(await told(id)).toContain(decision));
      await erase(id).expect(200);
      expect(await told(id)).not.toContain(decision);
      expect(await dump()).not.toContain(decision);
    });

    it('where Lever did not take the tags that tell it (R4)', async () => {
      const { opportunityId, id, decision, complete } = await pending();
      await play.drive('PATCH', '/lever/behaviour', { lockedTags: [`Decision: ${decision}`] });
      await complete();
      await eventually(async () => expect((await play.order(opportunityId))['warnings']).toHaveLength(1));
      expect(await told(id)).toContain(decision);
      await erase(id, { removeFromLever: true }).expect(200);
      await eventually(async () => expect(await play.lastStep(id)).toBe('removed_from_lever'));
      expect(await told(id)).not.toContain(decision);
      expect(await dump()).not.toContain(decision);
      await play.drive('PATCH', '/lever/behaviour', { lockedTags: [] });
    });

    it.each(['before', 'after'])(
      'in the next order of the candidate, whose tags took the place of its own %s it was erased (R4)',
      async (when) => {
        const { opportunityId, id, decision, complete } = await pending();
        await complete();
        await play.untilStatus(opportunityId, 'Complete');
        if (when === 'after') await erase(id).expect(200);
        await play.move(opportunityId, OTHER_STAGE);
        await play.move(opportunityId, TRIGGER_STAGE);
        await play.untilStatus(opportunityId, 'Pending');
        if (when === 'before') await erase(id).expect(200);
        const { id: next } = await play.order(opportunityId);
        expect(next).not.toBe(id);
        const tagsSet = await eventually(async () => {
          const first = (await play.timeline(next)).find(({ kind }) => kind === 'tags_set');
          expect(first).toBeDefined();
          return first?.data;
        });
        expect(tagsSet).toMatchObject({
          removed: ['Background Check Status: Complete', 'Flag: …', 'Decision: …'],
        });
        expect(await told(next)).not.toContain(decision);
        expect(await dump()).not.toContain(decision);
      },
    );

    it('where its tags are put there while it is erased (R4)', async () => {
      const { opportunityId, id, decision, complete } = await pending();
      const lever = service.part(ApplicantTracking);
      const addTags = lever.addTags.bind(lever);
      const added = vi.spyOn(lever, 'addTags').mockImplementation(async (...given) => {
        if (given[2].includes(`Decision: ${decision}`)) await erase(id).expect(200);
        return addTags(...given);
      });
      await complete();
      await play.untilStatus(opportunityId, 'Complete');
      await eventually(async () => expect(await play.lastStep(id)).toBe('tags_set'));
      added.mockRestore();
      expect((await play.order(opportunityId))['erasedAt']).not.toBeNull();
      expect(await told(id)).not.toContain(decision);
    });
  });

  describe('knows of tags that Lever does not let go', () => {
    const PENDING = 'Background Check Status: Pending';
    const stick = (...stickyTags: string[]) => play.drive('PATCH', '/lever/behaviour', { stickyTags });
    afterEach(() => stick());

    const pending = async () => {
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
      const { id } = await play.order(opportunityId);
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      return { id, opportunityId, orderGuid };
    };
    const complete = (orderGuid: string, flagged: boolean) =>
      play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged });
    const again = async (opportunityId: string): Promise<void> => {
      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId, TRIGGER_STAGE);
    };
    const ours = async (opportunityId: string): Promise<string[]> => {
      const { tags } = await play.opportunity(opportunityId);
      return tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag)).toSorted();
    };
    const untilWarned = (opportunityId: string, details: string[]) =>
      eventually(async () => {
        const { warnings } = await play.order(opportunityId);
        expect(warnings).toMatchObject(details.length === 0 ? [] : [{ code: 'tag_not_removed', details }]);
      });
    const removals = async (id: string): Promise<object[]> =>
      (await play.timeline(id)).filter(({ kind }) => kind === 'removed_from_lever').map(({ data }) => data);

    it('where it is removed: they are counted, and removed when that is asked for again (A1, A3)', async () => {
      const { id, opportunityId } = await completed();
      await stick('Flag: True');
      await erase(id, { removeFromLever: true }).expect(200);
      const first = { tags: 2, tagsLeft: 1, notes: 1, files: 0, gone: false };
      await eventually(async () => expect(await removals(id)).toEqual([first]));
      const entries = await service.admin.get('/admin/v1/audit').query({ orderId: id }).expect(200);
      const { items } = entries.body as { items: { action: string; data: object }[] };
      expect(items.find(({ action }) => action === 'lever.order_removed')?.data).toEqual(first);
      // Which they are can be seen in Lever; what they tell is not said any more.
      await untilWarned(opportunityId, ['Flag: …']);
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null });
      // Were it tried again, that would be told once more.
      await untilAtRest(service, ['remove-from-tracking'], { orderId: id });
      expect(await removals(id)).toEqual([first]);

      await stick();
      await erase(id, { removeFromLever: true }).expect(200);
      await eventually(async () => expect(await ours(opportunityId)).toEqual([]));
      await untilWarned(opportunityId, []);
      expect((await removals(id)).at(-1)).toMatchObject({ tags: 1, tagsLeft: 0 });
    });

    it('where it refuses the call: the rest is removed all the same (A3)', async () => {
      const { id, opportunityId } = await completed();
      await play.drive('POST', '/faults', {
        vendor: 'lever',
        kind: 'status',
        status: 400,
        times: 1,
        match: { method: 'POST', path: '/removeTags' },
      });
      await erase(id, { removeFromLever: true }).expect(200);
      await eventually(async () =>
        expect(await removals(id)).toMatchObject([{ tags: 0, tagsLeft: 3, notes: 1 }]),
      );
      await untilWarned(opportunityId, ['Background Check Status: Complete', 'Flag: …', 'Decision: …']);
    });

    it('from before it was erased: it is removed once Lever lets go (A3)', async () => {
      const { id, opportunityId, orderGuid } = await pending();
      await stick(PENDING);
      await complete(orderGuid, true);
      await untilWarned(opportunityId, [PENDING]);
      await stick();
      await erase(id, { removeFromLever: true }).expect(200);
      await eventually(async () => expect(await removals(id)).toMatchObject([{ tags: 3, tagsLeft: 0 }]));
      expect(await ours(opportunityId)).toEqual([]);
      await untilWarned(opportunityId, []);
    });

    it('from an earlier order: the next one takes them away, or warns of them (R4)', async () => {
      const { opportunityId, orderGuid } = await pending();
      await complete(orderGuid, true);
      await play.untilStatus(opportunityId, 'Complete');
      await stick('Flag: True');
      await complete(orderGuid, false);
      await untilWarned(opportunityId, ['Flag: True']);
      await again(opportunityId);
      await eventually(async () => expect(await ours(opportunityId)).toEqual([PENDING, 'Flag: True']));
      await untilWarned(opportunityId, ['Flag: …']);
      await stick();
      const [, second] = await play.ordersAtVictig(opportunityId);
      await complete(second?.orderGuid ?? '', false);
      await eventually(async () =>
        expect(await ours(opportunityId)).toEqual(['Background Check Status: Complete', 'Flag: False']),
      );
      await untilWarned(opportunityId, []);
    });
  });

  it('left more before, which an upgrade blanks, and nothing of others (A3)', async () => {
    const erased = await completed();
    await erase(erased.id).expect(200);
    const kept = await completed();
    const told = JSON.stringify({ rawStatus: 'complete', results: { flagged: true, decision: erased.mark } });
    const warnings = JSON.stringify([
      { code: 'tag_not_added', details: [erased.mark] },
      { code: 'report_not_attached', details: ['no_perform_as'] },
    ]);
    await service.database.query(
      `UPDATE order_events SET kind = 'observed', data = $2 WHERE order_id = $1 AND kind = 'results_taken'`,
      [erased.id, told],
    );
    for (const { id } of [erased, kept]) {
      await service.database.query('UPDATE orders SET report_warnings = $2 WHERE id = $1', [id, warnings]);
    }
    const runner = service.database.createQueryRunner();
    await new BlankErasedOrders1763905000000().up(runner);
    await runner.release();
    expect((await play.timeline(erased.id)).find(({ kind }) => kind === 'observed')?.data).toEqual({
      rawStatus: 'complete',
    });
    const rows = await service.database.query<{ report_warnings: object[] }[]>(
      'SELECT report_warnings FROM orders WHERE id IN ($1, $2) ORDER BY created_at',
      [erased.id, kept.id],
    );
    expect(rows.map(({ report_warnings: left }) => left)).toEqual([
      [{ code: 'report_not_attached', details: ['no_perform_as'] }],
      JSON.parse(warnings),
    ]);
    expect((await play.timeline(kept.id)).some(({ data }) => 'decision' in data)).toBe(true);
  });

  it('ends what kept Lever from showing the order, for nothing of it is shown any more (S3)', async () => {
    const { id } = await completed();
    await service.database.query(
      `UPDATE orders SET report_trouble = 'unauthorized', report_trouble_since = now() WHERE id = $1`,
      [id],
    );
    const troubled = await service.admin.get(`${ORDERS}/${id}`).expect(200);
    expect(troubled.body).toMatchObject({ leverTrouble: { failure: 'unauthorized' } });
    const answer = await erase(id).expect(200);
    expect(answer.body).toMatchObject({ leverTrouble: null });
  });

  it('has on record who asked for the removal from Lever, also after the erasure (A1)', async () => {
    const { id, opportunityId } = await completed();
    await erase(id).expect(200);
    await erase(id, { removeFromLever: true }).expect(200);
    await eventually(async () => expect((await play.opportunity(opportunityId)).notes).toEqual([]));
    const entries = await service.admin.get('/admin/v1/audit').query({ orderId: id }).expect(200);
    const { items } = entries.body as { items: { action: string; actor: string; data: object }[] };
    expect(items.filter(({ action }) => action === 'order.removal_asked')).toMatchObject([
      { actor: items.find(({ action }) => action === 'order.erased')?.actor, data: { cause: 'request' } },
    ]);
    await verified();
  });

  it('tells what keeps an erased order from being removed from Lever, until it is (S3)', async () => {
    const { id, opportunityId } = await completed();
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 403,
      times: 1,
      match: { method: 'DELETE', path: '/notes/' },
    });
    await erase(id, { removeFromLever: true }).expect(200);
    await eventually(async () => {
      const trouble = (await play.timeline(id)).findLast(({ kind }) => kind === 'report_trouble');
      expect(trouble?.data).toMatchObject({ failure: 'unauthorized', permission: 'notes:write:admin' });
      expect(await play.order(opportunityId)).toMatchObject({
        leverTrouble: { failure: 'unauthorized', nextTryAt: expect.any(String) as string },
      });
    });
    await erase(id, { removeFromLever: true }).expect(200);
    await eventually(async () => {
      expect(await play.order(opportunityId)).toMatchObject({ id, leverTrouble: null });
      expect(await play.lastStep(id)).toBe('removed_from_lever');
    });
    expect((await play.opportunity(opportunityId)).notes).toEqual([]);
  });

  it('is tried again in hours where it cannot be removed from Lever for long, or when it is asked for (F2)', async () => {
    const { id, opportunityId } = await completed();
    await play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 403,
      times: null,
      match: { method: 'DELETE', path: '/notes/' },
    });
    await erase(id, { removeFromLever: true }).expect(200);
    const waiting = (sql: string): Promise<unknown[]> =>
      service.database.query(
        `${sql} WHERE name = 'remove-from-tracking' AND state = 'created' AND data -> 'payload' ->> 'orderId' = $1`,
        [id],
      );
    await eventually(async () => {
      // As after days of it; one that is just being taken is not reached by that.
      await service.database.query(
        `UPDATE pgboss.job SET start_after = now(), data = jsonb_set(data, '{attempt}', '100')
         WHERE name = 'remove-from-tracking' AND state = 'created' AND data -> 'payload' ->> 'orderId' = $1
           AND (data ->> 'attempt')::int < 100`,
        [id],
      );
      expect(
        await waiting(`SELECT start_after > now() + interval '2 hours' AS "inHours" FROM pgboss.job`),
      ).toEqual([{ inHours: true }]);
    });
    await play.drive('DELETE', '/faults');
    await erase(id, { removeFromLever: true }).expect(200);
    await eventually(async () => expect((await play.opportunity(opportunityId)).notes).toEqual([]));
  });

  it('is for good: a report that is opened again is not taken in', async () => {
    const { id, orderGuid, opportunityId } = await completed();
    await erase(id).expect(200);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false, decision: 'Other' });
    await eventually(async () => {
      const last = (await play.deliveries()).findLast(({ source }) => source === 'victig');
      expect(last?.outcome).toBe('acted_on');
    });
    const order = await play.order(opportunityId);
    expect(order).toMatchObject({ id, status: 'complete', flagged: null, decision: null });
  });

  it('takes an order that replaces the tags for the owner of them', async () => {
    const { id, opportunityId } = await completed();
    await erase(id).expect(200);
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId, TRIGGER_STAGE);
    await play.untilStatus(opportunityId, 'Pending');
    const { tags } = await play.opportunity(opportunityId);
    expect(tags.filter((tag) => tag.startsWith('Flag:') || tag.startsWith('Decision:'))).toEqual([]);
    await erase(id, { removeFromLever: true }).expect(200);
    await eventually(async () => expect((await play.opportunity(opportunityId)).notes).toEqual([]));
    await play.untilStatus(opportunityId, 'Pending');
  });

  describe('takes the tags of the result away', () => {
    afterEach(() => play.change({ settings: { holdSeconds: 0 } }));

    const ours = async (opportunityId: string): Promise<string[]> =>
      (await play.opportunity(opportunityId)).tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag));
    const removed = async (id: string): Promise<void> => {
      await erase(id, { removeFromLever: true }).expect(200);
      await eventually(async () => expect(await play.lastStep(id)).toBe('removed_from_lever'));
    };
    /** The candidate has left the stage. */
    const passed = async () => {
      const order = await completed();
      await play.move(order.opportunityId, OTHER_STAGE);
      return { ...order, decision: `D-${order.mark}` };
    };

    it('while a further order is held, which neither keeps them nor tells of them (A3, R4)', async () => {
      const { id, opportunityId, decision } = await passed();
      const held = await enterHold(play, opportunityId);
      await removed(id);
      expect(await ours(opportunityId)).toEqual([]);
      expect((await play.opportunity(opportunityId)).notes).toEqual([]);
      expect(await dump()).not.toContain(decision);
      await service.send(reportProgress, {
        installationId: play.installation.id,
        opportunityId,
        orderId: held,
      });
      await untilDone(service, ['report-progress'], { orderId: held });
      expect(await ours(opportunityId)).toEqual([]);
      await endHold(play, held);
      await play.untilStatus(opportunityId, 'Pending');
      await untilDone(service, ['report-progress'], { opportunityId });
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']);
      expect(JSON.stringify(await play.timeline(held))).not.toMatch(/Flag|Decision/);
    });

    it('of which an order that ended in its hold keeps nothing (A3, T8)', async () => {
      const { id, opportunityId, decision } = await passed();
      await leaveInHold(play, opportunityId);
      await removed(id);
      expect(await ours(opportunityId)).toEqual([]);
      expect(await dump()).not.toContain(decision);
    });
  });

  it('waits for the end of an order', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const refused = await erase(id).expect(409);
    expect(refused.body).toMatchObject({ code: 'order_open' });
    await erase(id, { removeFromLever: 'yes' }).expect(400);
  });

  it('and the hold that stops it heed the version that was read, where it is sent (P4)', async () => {
    const { id } = await completed();
    const read = () => service.admin.get(`${ORDERS}/${id}`).expect(200);
    const before = (await read()).headers['etag'] ?? '';
    const hold = (ifMatch: string, reason: string) =>
      service.admin.post(`${ORDERS}/${id}/hold`).set('if-match', ifMatch).send({ reason });
    const lift = (ifMatch: string) => service.admin.delete(`${ORDERS}/${id}/hold`).set('if-match', ifMatch);

    await hold(before, 'CASE-1').expect(200);
    const held = (await read()).headers['etag'] ?? '';
    for (const stale of [hold(before, 'CASE-2'), lift(before), erase(id).set('if-match', before)]) {
      expect((await stale.expect(412)).body).toMatchObject({ code: 'stale_order' });
    }
    for (const rubbish of [
      hold('rubbish', 'CASE-2'),
      lift('rubbish'),
      erase(id).set('if-match', 'rubbish'),
    ]) {
      expect((await rubbish.expect(412)).body).toMatchObject({ code: 'stale_version' });
    }
    expect((await read()).headers['etag']).toBe(held);

    await lift(held).expect(204);
    const lifted = (await read()).headers['etag'] ?? '';
    expect((await erase(id).set('if-match', held).expect(412)).body).toMatchObject({ code: 'stale_order' });
    expect((await read()).body).toMatchObject({ erasedAt: null });
    await erase(id).set('if-match', lifted).expect(200);
    await erase(id).set('if-match', '*').expect(200);
  });

  const change = async (retention: object, expected = 200) => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const { headers } = await service.admin.get(path).expect(200);
    const etag = String(headers['etag']);
    return service.admin.patch(path).set('if-match', etag).send({ retention }).expect(expected);
  };

  it('goes by the time that an admin gave the installation, and never below its floor', async () => {
    const shown = await service.admin.get(`/admin/v1/installations/${play.installation.id}`).expect(200);
    expect(shown.body).toMatchObject({ retention: { days: null, floorDays: 0, removeFromLever: false } });
    for (const wrong of [{ days: 0 }, { days: 1.5 }, { floorDays: -1 }, { floorDays: null }, { other: 1 }]) {
      await change(wrong, 400);
    }
    await change({ days: 5, floorDays: 3, removeFromLever: true });
    expect((await change({ floorDays: 6 }, 400)).body).toMatchObject({
      code: 'invalid_settings',
      errors: [{ path: 'retention.days' }],
    });

    const early = await completed();
    const refused = await erase(early.id).expect(409);
    expect(refused.body).toMatchObject({
      code: 'retention_floor',
      detail: expect.stringMatching(/3 days/) as string,
    });
    const round = () => service.part(EnforceRetention).handle();
    service.clock.forward(4 * DAY_MS);
    await round();
    expect(await play.order(early.opportunityId)).toMatchObject({ erasedAt: null });
    await erase(early.id).expect(200);

    const { opportunityId } = await completed();
    service.clock.forward(6 * DAY_MS);
    await round();
    expect((await play.order(opportunityId))['erasedAt']).not.toBeNull();
    await eventually(async () => {
      const seen = await play.opportunity(opportunityId);
      expect(seen.notes).toEqual([]);
      expect(seen.tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag))).toEqual([]);
    });
    await change({ days: null, floorDays: 0, removeFromLever: false });
    await verified();
  });

  describe('goes by what holds when an order is erased, not when it was found', () => {
    const { days, ...others } = { days: 5, floorDays: 0, removeFromLever: false };
    /** A round in which something happens after the order was found to be due. */
    const roundWith = async (id: string, happens: () => Promise<unknown>): Promise<void> => {
      const erasing = service.part(EraseOrder);
      const run = erasing.runIfDue.bind(erasing);
      const happened = vi.fn<() => Promise<unknown>>(happens);
      const found = vi.spyOn(erasing, 'runIfDue').mockImplementation(async (...given) => {
        if (given[1].orderId === id) await happened();
        return run(...given);
      });
      await service.part(EnforceRetention).handle();
      found.mockRestore();
      expect(happened).toHaveBeenCalledOnce();
    };
    const due = async () => {
      await change({ days, ...others });
      const order = await completed();
      await service.database.query(
        `UPDATE orders SET ended_at = ended_at - $2 * interval '1 day', completed_at = completed_at - $2 * interval '1 day'
         WHERE id = $1`,
        [order.id, days + 1],
      );
      return order;
    };
    afterEach(() => change({ days: null, ...others }));

    it('comes to those behind an order that cannot be erased (A3)', async () => {
      const stuck = await due();
      const next = await due();
      await service.database.query(
        `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`,
      );
      await service.database.query(
        `CREATE TRIGGER refuse BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.id = '${stuck.id}')
         EXECUTE FUNCTION refuse()`,
      );
      await expect(service.part(EnforceRetention).handle()).rejects.toThrow('refused');
      expect((await play.order(next.opportunityId))['erasedAt']).not.toBeNull();
      expect(await play.order(stuck.opportunityId)).toMatchObject({ erasedAt: null });
      for (let round = 0; round < 2; round++) {
        await service.send(enforceRetention, {});
        await untilDone(service, [enforceRetention.name]);
      }
      const letters = await service.admin
        .get('/admin/v1/dead-letters')
        .query({ queue: enforceRetention.name })
        .expect(200);
      expect((letters.body as { items: object[] }).items).toHaveLength(1);

      await service.database.query('DROP FUNCTION refuse CASCADE');
      await service.part(EnforceRetention).handle();
      expect((await play.order(stuck.opportunityId))['erasedAt']).not.toBeNull();
    });

    it('comes to those behind a whole page of orders that cannot be erased, each tried once (A3)', async () => {
      const next = await due();
      const stuck = await due();
      // As many again as are read at once, all with an end before the one behind them.
      const [written] = await service.database.query<{ columns: string }[]>(
        `SELECT string_agg(attname, ', ') AS columns FROM pg_attribute
         WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      );
      const { columns } = written ?? { columns: '' };
      await service.database.query(
        `INSERT INTO orders (${columns})
         SELECT ${columns} FROM (
           SELECT (jsonb_populate_record(orders, jsonb_build_object(
             'id', gen_random_uuid(), 'opportunity_id', 'stuck-' || n, 'provider_order_guid', NULL,
             'ended_at', ended_at - interval '1 hour'))).*
           FROM orders, generate_series(1, 250) AS n WHERE id = $1) AS copies`,
        [stuck.id],
      );
      await service.database.query(
        `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`,
      );
      await service.database.query(
        `CREATE TRIGGER refuse BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.opportunity_id LIKE 'stuck-%')
         EXECUTE FUNCTION refuse()`,
      );
      const tried = vi.spyOn(service.part(EraseOrder), 'runIfDue');
      await expect(service.part(EnforceRetention).handle()).rejects.toThrow('refused');
      expect(new Set(tried.mock.calls.map(([, { orderId }]) => orderId)).size).toBe(tried.mock.calls.length);
      expect(tried.mock.calls.length).toBeGreaterThan(250);
      tried.mockRestore();
      expect((await play.order(next.opportunityId))['erasedAt']).not.toBeNull();
      await service.database.query('DROP FUNCTION refuse CASCADE');
      await service.database.query(`DELETE FROM orders WHERE opportunity_id LIKE 'stuck-%'`);
    });

    it('after the time was made longer it stays (A3)', async () => {
      const { id, opportunityId } = await due();
      await roundWith(id, () => change({ days: 30, ...others }));
      expect(await play.order(opportunityId)).toMatchObject({ erasedAt: null, flagged: true });
    });

    it('after a later result it stays (A3)', async () => {
      const { id, opportunityId } = await due();
      const now = service.clock.now();
      await roundWith(id, () =>
        service.database.query('UPDATE orders SET completed_at = $2 WHERE id = $1', [id, now]),
      );
      expect(await play.order(opportunityId)).toMatchObject({ erasedAt: null, flagged: true });
    });

    it('is removed from Lever if the installation wishes so by then (A3)', async () => {
      const { id, opportunityId } = await due();
      await roundWith(id, () => change({ days, ...others, removeFromLever: true }));
      expect((await play.order(opportunityId))['erasedAt']).not.toBeNull();
      await eventually(async () => expect((await play.opportunity(opportunityId)).notes).toEqual([]));
    });
  });

  it('comes by itself after the retention time, but not while a legal hold stands', async () => {
    const held = await completed();
    const due = await completed();
    const hold = (id: string) => `${ORDERS}/${id}/hold`;
    await service.admin.post(hold(held.id)).send({ reason: 'Ana Ruiz' }).expect(400);
    const bare = await service.admin.post(hold(held.id)).expect(200);
    expect(bare.body).toMatchObject({ legalHold: { reason: 'unspecified' } });
    const set = await service.admin.post(hold(held.id)).send({ reason: 'CASE-2026-17' }).expect(200);
    expect(set.body).toMatchObject({ legalHold: { reason: 'CASE-2026-17' } });
    expect((await erase(held.id).expect(409)).body).toMatchObject({ code: 'legal_hold' });

    const round = () => service.part(EnforceRetention).handle();
    service.clock.goAstray(91 * DAY_MS);
    await round();
    service.clock.goAstray(0);
    expect(await play.order(due.opportunityId)).toMatchObject({ erasedAt: null });
    service.clock.forward(89 * DAY_MS);
    await round();
    expect(await play.order(due.opportunityId)).toMatchObject({ erasedAt: null });
    service.clock.forward(2 * DAY_MS);
    await round();
    expect((await play.order(due.opportunityId))['erasedAt']).not.toBeNull();
    expect(await play.order(held.opportunityId)).toMatchObject({ erasedAt: null, flagged: true });

    await service.admin.delete(hold(held.id)).expect(204);
    await service.admin.delete(hold(held.id)).expect(204);
    await round();
    expect((await play.order(held.opportunityId))['erasedAt']).not.toBeNull();
    expect(await dump()).not.toContain(held.mark.concat(' Ruiz'));
    const refused = await service.admin.post(hold(held.id)).send({ reason: 'LATE' }).expect(409);
    expect(refused.body).toMatchObject({ code: 'already_erased' });
    await verified();
  });
});
