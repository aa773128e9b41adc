import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface Call {
  method: string;
  path: string;
}

/** In a service of its own: every call to Lever counts, whatever it was for. */
describe('the calls to Lever in the whole life of a plain order', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const calls = (): Promise<Call[]> => play.drive('GET', '/calls?vendor=lever');
  /** All calls from the move to the last tag, with the ids left out. */
  const live = async (opportunityId: string): Promise<string[]> => {
    const before = (await calls()).length;
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'In Progress');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    await play.untilStatus(opportunityId, 'Complete');
    return (await calls())
      .slice(before)
      .map(
        ({ method, path }) =>
          `${method} ${path.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')}`,
      );
  };

  const READ = 'GET /v1/opportunities/…';
  const POSTING = 'GET /v1/postings/…';
  const NOTE = 'POST /v1/opportunities/…/notes';
  const ADD = 'POST /v1/opportunities/…/addTags';
  const REMOVE = 'POST /v1/opportunities/…/removeTags';

  it('are seven, and one for a posting that was not read in the last 10 minutes; tags come before they go', async () => {
    const posting = await play.drive<{ id: string }>('POST', '/lever/postings', { text: 'Driver' });
    const candidate = () => play.candidate({ postingId: posting.id });
    const plain = [READ, ADD, ADD, REMOVE, NOTE, ADD, REMOVE];
    const withPosting = [READ, POSTING, ...plain.slice(1)];
    expect(plain).toHaveLength(7);
    expect(await live(await candidate())).toEqual(withPosting);
    expect(await live(await candidate())).toEqual(plain);
    service.clock.forward(10 * 60_000);
    expect(await live(await candidate())).toEqual(withPosting);
  });

  it('are seven for a candidate without an application, whose posting nobody knows', async () => {
    const opportunityId = await play.candidate({ postingId: undefined });
    expect(await live(opportunityId)).toEqual([READ, ADD, ADD, REMOVE, NOTE, ADD, REMOVE]);
  });
});

describe('the calls to VICTIG in the whole life of a plain order', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const operations = async (): Promise<string[]> =>
    (await play.drive<{ operation: string }[]>('GET', '/calls?vendor=victig')).map(
      ({ operation }) => operation,
    );
  const live = async (): Promise<void> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'In Progress');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    await play.untilStatus(opportunityId, 'Complete');
    // Callbacks, and what they asked for, may still be on their way.
    await eventually(async () => {
      const sent = await play.drive<{ state: string }[]>('GET', '/victig/deliveries');
      expect(sent.filter(({ state }) => state !== 'delivered')).toEqual([]);
    });
    await play.untilAllRead();
  };

  it('are two to place it, three for its results, and at most one for each of its callbacks and its own answer (V2)', async () => {
    // Lists of clients and products are read once for many orders.
    await live();
    const before = (await operations()).length;
    await live();
    const counts = new Map<string, number>();
    for (const one of (await operations()).slice(before)) counts.set(one, (counts.get(one) ?? 0) + 1);
    const reads = counts.get('GET /v1/clients/:client/orders/:order') ?? 0;
    counts.delete('GET /v1/clients/:client/orders/:order');
    expect(Object.fromEntries(counts)).toEqual({
      'POST /v1/clients/:client/applicants': 1,
      'POST /v1/clients/:client/orders': 1,
      'GET /v1/clients/:client/orders/:order/status': 1,
      'GET /v1/clients/:client/orders/:order/searches': 1,
    });
    // After the submission; created, form filled in, search and order completed.
    expect(reads).toBeLessThanOrEqual(5);
    process.stdout.write(`VICTIG calls in the life of an order: ${reads + 4}.\n`);
  });
});
