import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderStatus } from '../../src/orders/domain/order-status.js';
import { progressOf } from '../../src/orders/domain/progress-of.js';
import { RefreshOrder } from '../../src/orders/following/refresh-order.js';
import { ReportProgress } from '../../src/orders/showing/report-progress.js';
import { eventually } from '../support/eventually.js';
import { Life, makeMortal } from '../support/mortal-process.js';
import { Play, type SeenOpportunity } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const PREFIX = 'Background Check Status: ';

/** How far a status is; an error says nothing about it, nor does what VICTIG canceled and may take up again. */
const FAR: Record<string, number> = { Pending: 1, 'In Progress': 2, Complete: 3 };

/** Longer than a write whose answer never came may take to come true, and than failures last before they are shown. */
const LONG_MS = 31 * 60_000;

const AT_VICTIG = ['app-ready', 'pending', 'client message', 'internal-error', 'archived', 'never heard of'];

/** What goes wrong with one call to Lever or VICTIG. */
const TROUBLES = [
  { kind: 'drop_before' },
  { kind: 'drop_after' },
  { kind: 'status', status: 500 },
  { kind: 'status_after', status: 503 },
  { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
  { kind: 'garbage' },
] as const;

/** Callbacks and polls alike have the order read; both jobs run late, twice, or die at any of their points. */
type Happening =
  | { kind: 'at VICTIG'; act: string; body: object }
  | { kind: 'trouble'; vendor: string; trouble: (typeof TROUBLES)[number] }
  | { kind: 'refresh' | 'report'; diesAfter: number }
  | { kind: 'time passes' };

const job = (kind: 'refresh' | 'report') =>
  fc.record({
    kind: fc.constant(kind),
    diesAfter: fc.oneof({ weight: 2, arbitrary: fc.constant(Infinity) }, fc.nat(12)),
  });

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('at VICTIG' as const),
      act: fc.constant('complete'),
      body: fc.record({ flagged: fc.boolean(), decision: fc.constantFrom(null, 'Eligible', 'Pre-Adverse') }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('at VICTIG' as const),
      act: fc.constant('advance'),
      body: fc.record({ status: fc.constantFrom(...AT_VICTIG) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('at VICTIG' as const),
      act: fc.constantFrom('cancel', 'reopen', 'finish-quickapp'),
      body: fc.constant({}),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('trouble' as const),
      vendor: fc.constantFrom('lever', 'lever', 'victig'),
      trouble: fc.constantFrom(...TROUBLES),
    }),
  },
  { weight: 6, arbitrary: job('refresh') },
  { weight: 8, arbitrary: job('report') },
  { weight: 2, arbitrary: fc.constant({ kind: 'time passes' } as const) },
);

/** So many failures in a row that calls to Lever rest for a while (F4). */
const OUTAGE: Happening[] = Array.from({ length: 11 }, (): Happening[] => [
  { kind: 'trouble', vendor: 'lever', trouble: { kind: 'status', status: 500 } },
  { kind: 'report', diesAfter: Infinity },
]).flat();

/** One order under test. */
interface Subject {
  opportunityId: string;
  orderGuid: string;
  job: { installationId: string; opportunityId: string; orderId: string };
}

describe('what Lever shows of an order, through all that comes, dies and is retried', () => {
  let service: TestService;
  let play: Play;
  const originals = {
    refresh: (_job: Subject['job']) => Promise.resolve(),
    report: (_job: Subject['job']) => Promise.resolve(),
  };

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    await play.drive('DELETE', '/victig/callbacks');
    makeMortal(service);
    // When these two run, how often and how far is what the test is about: the queue's own turns come to nothing.
    const [refresh, report] = [service.part(RefreshOrder), service.part(ReportProgress)];
    originals.refresh = refresh.handle.bind(refresh);
    originals.report = report.handle.bind(report);
    for (const handler of [refresh, report]) vi.spyOn(handler, 'handle').mockResolvedValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await service.stop();
  });

  const place = async (): Promise<Subject> => {
    const installationId = play.installation.id;
    const opportunityId = await play.candidate({ tags: ['Full-time'] });
    await play.move(opportunityId);
    const order = await eventually(async () => {
      const made = await play.order(opportunityId);
      expect(made.status).toBe('pending');
      return made;
    });
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    return { opportunityId, orderGuid, job: { installationId, opportunityId, orderId: order.id } };
  };

  const statusOf = async ({ job: { orderId } }: Subject): Promise<OrderStatus> => {
    const [row] = await service.database.query<{ status: OrderStatus }[]>(
      'SELECT status FROM orders WHERE id = $1',
      [orderId],
    );
    if (!row) throw new Error('the order is gone');
    return row.status;
  };

  /** Answers whether it came to its end, as opposed to having died or failed. */
  const run = async (subject: Subject, kind: 'refresh' | 'report', diesAfter: number): Promise<boolean> => {
    const life = new Life((_point, before) => before >= diesAfter);
    try {
      return await life.live(() => originals[kind](subject.job));
    } catch {
      return false;
    }
  };

  /** Answers whether a report came to its end. */
  const happen = async (subject: Subject, next: Happening): Promise<boolean> => {
    if (next.kind === 'refresh' || next.kind === 'report') {
      const isDone = await run(subject, next.kind, next.diesAfter);
      return isDone && next.kind === 'report';
    }
    if (next.kind === 'at VICTIG') {
      const path = `${service.sandbox.url}/drive/victig/orders/${subject.orderGuid}/${next.act}`;
      const headers = { 'content-type': 'application/json' };
      // What is not possible at this moment does not happen.
      await fetch(path, { method: 'POST', headers, body: JSON.stringify(next.body) });
    } else if (next.kind === 'trouble') {
      await play.drive('POST', '/faults', { vendor: next.vendor, times: 1, ...next.trouble });
    } else service.clock.forward(LONG_MS);
    return false;
  };

  const referencesOf = ({ notes }: SeenOpportunity): string[] =>
    notes.flatMap(({ fields }) => fields.flatMap(({ value }) => value.match(/BGC-[\w-]+/g) ?? []));

  const shownOf = ({ tags }: SeenOpportunity): string[] =>
    tags.filter((tag) => tag.startsWith(PREFIX)).map((tag) => tag.slice(PREFIX.length));

  const expectTrue = (seen: SeenOpportunity): void => {
    expect(seen.tags).toContain('Full-time');
    const references = referencesOf(seen);
    expect(new Set(references).size).toBe(references.length);
    if (shownOf(seen).includes('Complete')) {
      expect(references.some((reference) => reference.endsWith('-R1'))).toBe(true);
    }
  };

  /** Once all is quiet again, what is shown is what is. */
  const settle = async (subject: Subject): Promise<void> => {
    await play.drive('DELETE', '/faults');
    service.clock.forward(LONG_MS);
    // After many failures in a row calls rest for seconds, which do not go by with the clock.
    await eventually(async () => expect(await run(subject, 'refresh', Infinity)).toBe(true));
    await eventually(async () => expect(await run(subject, 'report', Infinity)).toBe(true));
  };

  it('is one true status, never Complete without its note, no note twice, and never backwards (S3, S4, R4, F1)', async () => {
    let lives = 0;
    let looks = 0;
    let ends = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 10, maxLength: 40 }), async (happenings) => {
        const subject = await place();
        let farthest = 0;
        const lookAtRest = (seen: SeenOpportunity, status: OrderStatus): void => {
          const shown = shownOf(seen);
          expect(shown).toEqual([progressOf({ status, providerOrderGuid: subject.orderGuid })]);
          const far = FAR[shown[0] ?? ''];
          if (far === undefined) return;
          expect(far).toBeGreaterThanOrEqual(farthest);
          farthest = far;
        };
        for (const next of happenings) {
          const isThrough = await happen(subject, next);
          const seen = await play.opportunity(subject.opportunityId);
          expectTrue(seen);
          looks++;
          if (!isThrough) continue;
          lookAtRest(seen, await statusOf(subject));
          ends++;
        }
        await settle(subject);
        const seen = await play.opportunity(subject.opportunityId);
        expectTrue(seen);
        lookAtRest(seen, await statusOf(subject));
        lives++;
      }),
      // Ends before the test does, to tell the life that failed; shrinking it may take long.
      {
        numRuns: 25,
        examples: [[OUTAGE]],
        timeout: 100_000,
        interruptAfterTimeLimit: 240_000,
        markInterruptAsFailure: true,
      },
    );
    process.stdout.write(`S3: ${lives} lives, looked at ${looks} times, ${ends} reports through.\n`);
  }, 300_000);
});
