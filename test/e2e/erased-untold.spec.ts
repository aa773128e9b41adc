import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { removeFromTracking } from '../../src/orders/jobs.js';
import { dumpDatabase } from '../support/dump.js';
import { eventually } from '../support/eventually.js';
import { endHold, enterHold } from '../support/holds.js';
import { OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const ORDERS = '/admin/v1/orders';
const DAYS = 5;
const UNTOLD = /Lever had not been told yet how the order ended.*tags of ours .* are taken away there\.$/;

interface Entry {
  kind: string;
  text: string;
  data: object;
}

describe('an order that is erased before Lever shows how it ended', () => {
  let service: TestService;
  let play: Play;
  let apiKey: string;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '600' });
    play = new Play(service);
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    apiKey = `key-${randomUUID()}`;
    await play.drive('POST', '/lever/keys', { key: apiKey });
    await play.setUp({ reorder: 'always' }, { lever: { apiKey }, retention: { days: DAYS } });
  });
  afterEach(async () => {
    await play.drive('DELETE', '/faults');
    await play.drive('DELETE', '/lever/webhooks');
    await play.drive('DELETE', '/victig/callbacks');
  });

  const erase = (id: string, body: object = {}) =>
    service.admin.post(`${ORDERS}/${id}/erase`).send(body).expect(200);
  const onRequest = async (id: string): Promise<void> => {
    await erase(id);
  };
  const byRetention = async (id: string): Promise<void> => {
    await service.database.query(
      `UPDATE orders SET ended_at = ended_at - $2 * interval '1 day', completed_at = completed_at - $2 * interval '1 day'
       WHERE id = $1`,
      [id, DAYS + 1],
    );
    await service.part(EnforceRetention).handle();
  };
  const WAYS = [
    ['on request', onRequest],
    ['by retention', byRetention],
  ] as const;
  /** And nothing of it is to stay in Lever. */
  const WAYS_OF_ALL = [
    ['on request', (id: string) => erase(id, { removeFromLever: true })],
    [
      'by retention',
      async (id: string) => {
        await play.change({ retention: { removeFromLever: true } });
        await byRetention(id);
      },
    ],
  ] as const;

  const failNotes = () =>
    play.drive('POST', '/faults', {
      vendor: 'lever',
      kind: 'status',
      status: 403,
      times: null,
      match: { method: 'POST', path: '/notes' },
    });
  const revoke = () => play.drive('POST', '/lever/revoke', { key: apiKey });
  const connect = async (): Promise<void> => {
    const key = `key-${randomUUID()}`;
    await play.drive('POST', '/lever/keys', { key });
    await play.change({ lever: { apiKey: key } });
  };

  const pending = async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await untilDone(service, ['report-progress'], { opportunityId });
    const { id } = await play.order(opportunityId);
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const decision = `D-${randomBytes(6).toString('hex')}`;
    const complete = (flagged: boolean) =>
      play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged, decision });
    return { opportunityId, id, decision, complete };
  };
  const untilTrouble = (opportunityId: string): Promise<void> =>
    eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({
        status: 'complete',
        leverTrouble: { failure: 'unauthorized' },
      }),
    );
  /** Complete, of which Lever still shows `Pending`. */
  const untold = async (keep: () => Promise<unknown>) => {
    const order = await pending();
    await keep();
    await order.complete(true);
    await untilTrouble(order.opportunityId);
    return order;
  };
  const told = async () => {
    const order = await pending();
    await order.complete(true);
    await play.untilStatus(order.opportunityId, 'Complete');
    await untilDone(service, ['report-progress'], { opportunityId: order.opportunityId });
    return order;
  };

  const ours = async (opportunityId: string): Promise<string[]> => {
    const { tags } = await play.opportunity(opportunityId);
    return tags.filter((tag) => /^(Background|Flag|Decision)/.test(tag));
  };
  const entries = async (id: string, kind: string): Promise<Entry[]> =>
    ((await play.timeline(id)) as unknown as Entry[]).filter((entry) => entry.kind === kind);
  const tagsKeptWith = async (id: string): Promise<string[] | undefined> => {
    const [row] = await service.database.query<{ shown_tags: string[] }[]>(
      'SELECT shown_tags FROM orders WHERE id = $1',
      [id],
    );
    return row?.shown_tags;
  };
  const audited = async (id: string, action: string): Promise<object[]> => {
    const answer = await service.admin.get('/admin/v1/audit').query({ orderId: id }).expect(200);
    const { items } = answer.body as { items: { action: string; data: object }[] };
    return items.filter((item) => item.action === action).map(({ data }) => data);
  };
  const untilAllDone = (id: string, opportunityId: string): Promise<void> =>
    untilDone(service, ['report-progress'], { opportunityId }).then(() =>
      untilDone(service, ['remove-from-tracking'], { orderId: id }),
    );
  const removals = async (id: string): Promise<object[]> =>
    (await entries(id, 'removed_from_lever')).map(({ data }) => data);
  /** A refusal is tried again in minutes; now it is at once. */
  const hurryRemoval = (id: string): Promise<unknown> =>
    service.database.query(
      `UPDATE pgboss.job SET start_after = now()
       WHERE name = 'remove-from-tracking' AND state < 'active' AND data -> 'payload' ->> 'orderId' = $1`,
      [id],
    );
  const untilRemoved = (opportunityId: string): Promise<void> =>
    eventually(async () => expect(await ours(opportunityId)).toEqual([]));

  describe.each(WAYS)('%s', (_, forget) => {
    it('leaves no tag that would say for ever what it is not (A3, S3)', async () => {
      const { id, opportunityId, decision } = await untold(failNotes);
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']);
      await forget(id);
      await untilRemoved(opportunityId);
      await untilAllDone(id, opportunityId);

      const [erased] = await entries(id, 'erased');
      expect(erased?.data).toMatchObject({ untold: true });
      expect(erased?.text).toMatch(UNTOLD);
      const removed = { tags: 1, tagsLeft: 0, notes: 0, files: 0, gone: false };
      expect(await removals(id)).toEqual([{ ...removed, notesStay: true }]);
      expect(await audited(id, 'lever.order_removed')).toEqual([removed]);
      expect(await audited(id, 'order.erased')).toMatchObject([{ removeFromLever: false, untold: true }]);
      expect((await play.opportunity(opportunityId)).notes).toEqual([]);
      expect(await play.order(opportunityId)).toMatchObject({ status: 'complete', leverTrouble: null });
      expect(await dumpDatabase(service.database)).not.toContain(decision);
    });

    it('leaves no Error either (A3, S3)', async () => {
      const { id, opportunityId } = await untold(failNotes);
      service.clock.forward(601_000);
      await service.admin.post(`${ORDERS}/${id}/retry`).send({}).expect(200);
      await play.untilStatus(opportunityId, 'Error');
      await forget(id);
      await untilRemoved(opportunityId);
    });

    it('leaves the notes that were posted, until they are to go as well (A3)', async () => {
      const { id, opportunityId, complete } = await told();
      await failNotes();
      await complete(false);
      await untilTrouble(opportunityId);
      expect(await ours(opportunityId)).toContain('Flag: True');
      await forget(id);
      await untilRemoved(opportunityId);
      await untilAllDone(id, opportunityId);
      expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);

      await erase(id, { removeFromLever: true });
      await eventually(async () => expect((await play.opportunity(opportunityId)).notes).toEqual([]));
      await untilAllDone(id, opportunityId);
      expect(await removals(id)).toMatchObject([
        { tags: 3, notes: 0, notesStay: true },
        { tags: 0, notes: 1 },
      ]);
    });

    it('leaves the tags of a later order alone (A3, R4)', async () => {
      const { id, opportunityId } = await untold(failNotes);
      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId);
      await eventually(async () => {
        const later = await play.order(opportunityId);
        expect(later.id).not.toBe(id);
        expect(later.status).toBe('pending');
      });
      await untilDone(service, ['place-order'], { opportunityId });
      await forget(id);
      await untilDone(service, ['remove-from-tracking'], { orderId: id });
      expect(await ours(opportunityId)).toEqual(['Background Check Status: Pending']);
      expect(await removals(id)).toEqual([]);
      expect((await entries(id, 'erased'))[0]?.data).toMatchObject({ untold: true });
    });

    it('leaves none of its own while a later order is held, nor with that one (A3, R4)', async () => {
      const { id, opportunityId } = await untold(failNotes);
      await play.move(opportunityId, OTHER_STAGE);
      const held = await enterHold(play, opportunityId);
      await forget(id);
      await untilRemoved(opportunityId);
      await untilAllDone(id, opportunityId);
      expect(await removals(id)).toMatchObject([{ tags: 1, notesStay: true }]);
      expect(await tagsKeptWith(held)).toEqual([]);
      await endHold(play, held);
      await play.untilStatus(opportunityId, 'Pending');
    });

    it('waits for access to Lever, and promises no try before (A3, I6)', async () => {
      const { id, opportunityId } = await untold(revoke);
      await forget(id);
      await untilTrouble(opportunityId);
      await untilAllDone(id, opportunityId);
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: { nextTryAt: null } });
      const trouble = (await entries(id, 'report_trouble')).at(-1);
      expect(trouble?.text).toMatch(/connected again: .*[^.]\.$/);
      expect(trouble?.text).not.toMatch(/tried again/);

      await connect();
      await untilRemoved(opportunityId);
      await untilAllDone(id, opportunityId);
      expect(await removals(id)).toMatchObject([{ tags: 1 }]);
      expect(await play.order(opportunityId)).toMatchObject({ leverTrouble: null });
    });

    it('is said of none that Lever shows as it is: its tags and notes stay (A3)', async () => {
      const { id, opportunityId } = await told();
      await forget(id);
      await untilAllDone(id, opportunityId);
      expect(await ours(opportunityId)).toHaveLength(3);
      const [erased] = await entries(id, 'erased');
      expect(erased?.data).not.toHaveProperty('untold');
      expect(erased?.text).not.toMatch(UNTOLD);
      expect(await removals(id)).toEqual([]);
    });
  });

  describe.each(WAYS_OF_ALL)('with all that Lever has of it, %s', (_, forget) => {
    it('has those tags counted that were there (A1, A3)', async () => {
      const { id, opportunityId } = await untold(failNotes);
      await forget(id);
      await untilRemoved(opportunityId);
      await untilDone(service, ['remove-from-tracking'], { orderId: id });
      const removed = { tags: 1, tagsLeft: 0, notes: 0, files: 0, gone: false };
      expect(await removals(id)).toEqual([removed]);
      expect(await audited(id, 'lever.order_removed')).toEqual([removed]);
      expect((await entries(id, 'erased'))[0]?.text).toMatch(UNTOLD);
    });

    it.each([
      ['untold', () => untold(revoke), { tags: 1, notes: 0 }],
      [
        'told',
        async () => {
          const order = await told();
          await revoke();
          return order;
        },
        { tags: 3, notes: 1 },
      ],
    ])(
      'waits for access to Lever, and is removed and told once: %s (A1, A3, I6)',
      async (__, made, counts) => {
        const { id, opportunityId } = await made();
        await forget(id);
        await untilTrouble(opportunityId);
        await eventually(async () => {
          await hurryRemoval(id);
          const trouble = (await entries(id, 'report_trouble')).at(-1);
          expect(trouble?.text).toMatch(/connected again: .*[^.]\.$/);
        });
        await untilDone(service, ['remove-from-tracking'], { orderId: id });

        await connect();
        await untilRemoved(opportunityId);
        await untilAllDone(id, opportunityId);
        // As one that was sent by another who found it to be removed.
        await service.send(removeFromTracking, { installationId: play.installation.id, orderId: id });
        await untilAllDone(id, opportunityId);
        const removed = { ...counts, tagsLeft: 0, files: 0, gone: false };
        expect(await removals(id)).toEqual([removed]);
        expect(await audited(id, 'lever.order_removed')).toEqual([removed]);
        expect((await play.opportunity(opportunityId)).notes).toEqual([]);
      },
    );

    it('has counted once what is removed in several tries (A1, A3)', async () => {
      const { id, opportunityId } = await told();
      await play.drive('POST', '/faults', {
        vendor: 'lever',
        kind: 'status',
        status: 403,
        times: 1,
        match: { method: 'DELETE', path: '/notes/' },
      });
      await forget(id);
      await eventually(async () => {
        await hurryRemoval(id);
        expect((await play.opportunity(opportunityId)).notes).toEqual([]);
      });
      await untilDone(service, ['remove-from-tracking'], { orderId: id });
      expect(await removals(id)).toMatchObject([
        { tags: 3, notes: 0 },
        { tags: 0, notes: 1 },
      ]);
    });
  });
});
