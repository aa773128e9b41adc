import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PlaceOrderJob } from '../../src/orders/jobs.js';
import { PlaceOrder } from '../../src/orders/placing/place-order.js';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { Life, makeMortal } from '../support/mortal-process.js';
import { Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** Longer than a submission whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

/** Less than is waited for between two tries. */
const HOLD_SECONDS = 60;

/** Far more than there are, so that a test that never ends fails instead. */
const MOST_POINTS = 100;

describe('a process that dies while it places an order (V4, F1)', () => {
  let service: TestService;
  let play: Play;
  let placeOrder: PlaceOrder;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    placeOrder = service.part(PlaceOrder);
    makeMortal(service);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await service.stop();
  });

  /** A candidate in the stage whose delivery is kept and whose job only this test runs. */
  const delivered = async (): Promise<PlaceOrderJob> => {
    const installationId = play.installation.id;
    const opportunityId = await play.candidate({ stageId: TRIGGER_STAGE });
    const deliveryId = randomUUID();
    await service.database.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome)
       VALUES ($1, $2, 'lever', $3, 'candidateStageChange', '{}', $4, $4, 'queued')`,
      [installationId, deliveryId, `key-${deliveryId}`, new Date()],
    );
    return { installationId, opportunityId, deliveryId };
  };

  /** As the queue does: until it succeeds, and later each time. */
  const runUntilDone = async (work: () => Promise<void>): Promise<void> => {
    for (let tries = 0; tries < 5; tries++) {
      try {
        return await work();
      } catch {
        service.clock.forward(SETTLED_MS);
      }
    }
    await work();
  };

  const expectOneOrder = async ({ opportunityId }: PlaceOrderJob): Promise<void> => {
    const order = await play.orderAtVictig(opportunityId);
    const ours = await play.order(opportunityId);
    expect(order.externalIdentifier).toBe(ours.id);
    expect(ours).toMatchObject({ status: 'pending', victig: { orderGuid: order.orderGuid } });
    const placed = (await play.timeline(ours.id)).filter(({ kind }) => kind === 'placed');
    expect(placed).toHaveLength(1);
  };

  /**
   * Lets a process die at each of its points in turn, and another take up what it left.
   * @returns the points at which one died
   */
  const dieAtEachPoint = async (
    begin: () => Promise<PlaceOrderJob>,
    work = (job: PlaceOrderJob): Promise<void> => placeOrder.handle(job),
    isPoint = (_name: string): boolean => true,
  ): Promise<string[]> => {
    const deaths: string[] = [];
    for (let point = 0; point < MOST_POINTS; point++) {
      const job = await begin();
      let passed = 0;
      const life = new Life((name) => isPoint(name) && passed++ === point);
      const isDone = await life.live(() => work(job));
      if (life.end !== null) deaths.push(life.end);
      if (!isDone) await runUntilDone(() => work(job));
      await expectOneOrder(job);
      if (isDone) return deaths;
    }
    throw new Error('it has no end');
  };

  it('at any point leaves one order at VICTIG and never two (V4, F1)', async () => {
    const deaths = await dieAtEachPoint(delivered);
    const steps = [
      'GET /opportunities/:id',
      'POST /clients/:client/applicants',
      'POST /clients/:client/orders',
    ];
    for (const step of steps) {
      expect(deaths).toContain(`before ${step}`);
      expect(deaths).toContain(`after ${step}`);
    }
    // Opened and mapped, applicant made and submission begun, placed.
    expect(deaths.filter((point) => point === 'after a transaction')).toHaveLength(3);
    process.stdout.write(`V4: a process died at ${deaths.length} points of placing an order.\n`);
  });

  it('at any point leaves one order where each step is by itself, as after a hold (V4, F1, T8)', async () => {
    const { installation } = play;
    await play.setUp({ holdSeconds: HOLD_SECONDS });
    const waitAndPlace = async (job: PlaceOrderJob): Promise<void> => {
      await placeOrder.handle(job);
      service.clock.forward(HOLD_SECONDS * 1_000);
      await placeOrder.handle(job);
    };
    // What is only read depends on what is still kept of what was read before, as time passes.
    const deaths = await dieAtEachPoint(delivered, waitAndPlace, (name) => !name.includes(' GET ')).finally(
      () => (play.installation = installation),
    );
    // Opened, held, mapped, applicant made and submission begun, placed.
    expect(deaths.filter((point) => point === 'after a transaction')).toHaveLength(5);
    process.stdout.write(`V4: a process died at ${deaths.length} points of placing an order after a hold.\n`);
  });

  it('at any point leaves one order where VICTIG refused the product that it made anew (V4, F1, M6)', async () => {
    const { installation } = play;
    const { clientGuid } = await play.drive<{ clientGuid: string }>('POST', '/victig/clients', {
      name: 'Acme of Products',
      products: [],
    });
    const make = (): Promise<{ clientProductGuid: string }> =>
      play.drive('POST', '/victig/products', { clientGuid, name: 'Criminal Package 1' });
    let { clientProductGuid } = await make();
    await play.setUp({}, { victig: { clientGuid } });
    const begin = async (): Promise<PlaceOrderJob> => {
      // Known from now on, and gone at once.
      service.clock.forward(SETTLED_MS);
      await service.part(ScreeningProvider).listProducts(play.installation.id, clientGuid, { fresh: true });
      await play.drive('DELETE', `/victig/products/${clientProductGuid}`);
      ({ clientProductGuid } = await make());
      return delivered();
    };
    const deaths = await dieAtEachPoint(begin, undefined, (name) => !name.includes(' GET ')).finally(
      () => (play.installation = installation),
    );
    // Opened and mapped, applicant made and submission begun, refused, mapped, begun again, placed.
    expect(deaths.filter((point) => point === 'after a transaction')).toHaveLength(6);
    expect(deaths.filter((point) => point === 'before POST /clients/:client/orders')).toHaveLength(2);
    process.stdout.write(`V4: a process died at ${deaths.length} points of placing an order once more.\n`);
  });

  it('between placing an order and showing it leaves known which tag may be there (S1, F1)', async () => {
    const match = { method: 'POST', path: '/addTags$' };
    await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503 });
    const job = await delivered();
    await placeOrder.handle(job);
    const [row] = await service.database.query<{ shown_tags: string[] }[]>(
      'SELECT shown_tags FROM orders WHERE opportunity_id = $1',
      [job.opportunityId],
    );
    // The empty one says that it is not known which of them are.
    expect(row?.shown_tags).toEqual(['Background Check Status: Pending', '']);
    await play.untilStatus(job.opportunityId, 'Pending');
  });

  it('while it looks for what another one submitted leaves one order, too (V4, F1)', async () => {
    const deaths = await dieAtEachPoint(async () => {
      const job = await delivered();
      // VICTIG took it, and its answer is on the way.
      const first = new Life((point) => point === 'after POST /clients/:client/orders');
      await first.live(() => placeOrder.handle(job));
      expect(await play.ordersAtVictig(job.opportunityId)).toHaveLength(1);
      return job;
    });
    const route = '/clients/:client/applicants/:applicant/orders';
    expect(deaths).toEqual(expect.arrayContaining([`before GET ${route}`, `after GET ${route}`]));
    process.stdout.write(`V4: a process died at ${deaths.length} points of looking for an order.\n`);
  });
});
