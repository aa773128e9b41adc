import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const tag = (value: string): string => `Background Check Status: ${value}`;

describe('a tag that somebody took away in Lever', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ reorder: 'always' });
  });
  afterAll(() => service.stop());
  afterEach(() => play.drive('DELETE', '/faults'));

  const complete = async (id: string): Promise<void> => {
    const orders = await play.ordersAtVictig(id);
    for (const { orderGuid, status } of orders.filter(({ status }) => status !== 'complete')) {
      expect(status).toBe('app-pending');
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    }
    await play.untilStatus(id, 'Complete');
    await play.untilAllRead();
  };
  const completed = async (): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    await complete(id);
    return id;
  };
  const byHand = (id: string, change: 'addTags' | 'removeTags', tags: string[]): Promise<unknown> =>
    play.drive('POST', `/lever/opportunities/${id}/${change}`, { tags });
  const refresh = (orderId: string) =>
    service.admin.post(`/admin/v1/orders/${orderId}/refresh`).send({}).expect(200);
  const untilIdle = (): Promise<void> =>
    eventually(async () => {
      const left = await service.database.query<unknown[]>(
        `SELECT id FROM pgboss.job WHERE name IN ('report-progress', 'refresh-order') AND state <= 'active'`,
      );
      expect(left).toEqual([]);
    });
  const changesOf = async (id: string): Promise<string[]> => {
    const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=lever');
    return calls.flatMap(({ path }) => (path.includes(id) && path.endsWith('Tags') ? [path] : []));
  };

  it('is put back once the order is refreshed, and others are as they were (S1, R2)', async () => {
    const id = await completed();
    const order = await play.order(id);
    const before = (await play.opportunity(id)).tags;
    await byHand(id, 'removeTags', [tag('Complete'), 'met at fair']);
    await refresh(order.id);
    const { tags, notes } = await play.untilStatus(id, 'Complete');
    expect(tags.toSorted()).toEqual(before.filter((text) => text !== 'met at fair').toSorted());
    expect(notes).toHaveLength(1);
    await untilIdle();
    const told = (await play.timeline(order.id)).filter(({ kind }) => kind === 'tags_set');
    expect(told.at(-1)).toMatchObject({ data: { added: [tag('Complete'), 'Flag: False'], removed: [] } });
    expect(await play.order(id)).toMatchObject({ warnings: [], leverTrouble: null });
  });

  it('is no reason to write anything while it is there (S1)', async () => {
    const id = await completed();
    const before = await changesOf(id);
    const { id: orderId } = await play.order(id);
    const steps = (await play.timeline(orderId)).filter(({ kind }) => kind === 'tags_set');
    await refresh(orderId);
    await untilIdle();
    expect(await changesOf(id)).toEqual(before);
    expect((await play.timeline(orderId)).filter(({ kind }) => kind === 'tags_set')).toEqual(steps);
  });

  it('is put back though Lever could not be asked at first (F2)', async () => {
    const id = await completed();
    await byHand(id, 'removeTags', [tag('Complete')]);
    const match = { method: 'GET', path: `/opportunities/${id}$` };
    await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503, times: 1 });
    await refresh((await play.order(id)).id);
    await play.untilStatus(id, 'Complete');
  });

  it('stays away where the opportunity has become that of a later order (S1)', async () => {
    const id = await completed();
    const first = await play.order(id);
    await play.move(id, OTHER_STAGE);
    await play.move(id);
    await eventually(async () => expect(await play.ordersAtVictig(id)).toHaveLength(2));
    await play.untilStatus(id, 'Pending');
    await refresh(first.id);
    await untilIdle();
    await play.untilStatus(id, 'Pending');
    await byHand(id, 'removeTags', [tag('Pending')]);
    await refresh(first.id);
    await untilIdle();
    expect((await play.opportunity(id)).tags.filter((text) => text.startsWith(tag('')))).toEqual([]);
    await refresh((await play.order(id)).id);
    await play.untilStatus(id, 'Pending');
  });

  it('of an opportunity that is gone is left (S1)', async () => {
    const id = await completed();
    const { id: orderId } = await play.order(id);
    await play.drive('DELETE', `/lever/opportunities/${id}`);
    await refresh(orderId);
    await untilIdle();
    expect(await play.order(id)).toMatchObject({ status: 'complete', leverTrouble: null });
  });
});
