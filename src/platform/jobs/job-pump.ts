import { AsyncLocalStorage } from 'node:async_hooks';
import type { PgBoss } from 'pg-boss';
import { GroupCommit } from '../database/group-commit.js';

/** A job that this process has taken, as pg-boss knows it. */
export interface TakenJob {
  id: string;
  /** Which taking of the job this is: what another process took since is not ours to settle. */
  retryCount: number;
  data: unknown;
  /** Whose job it is; null where it is nobody's. */
  customer: string | null;
}

/** How a job ended: done, or given up for the stated reason. Jobs that are tried again end as done. */
export type JobEnd = { kind: 'done' } | { kind: 'given_up'; reason: string };

export interface PumpOptions {
  /** The kind of job. */
  queue: string;
  /** As many run in this process at once. */
  atOnce: number;
  /** As many of one customer run at once, on all replicas together (F3). */
  perCustomer: number;
  /** Whether something else is to go first: then one runs in this process, so that work goes on. */
  mustYield: () => boolean;
  /** Without being woken it looks as often: for delayed jobs, and those that other replicas cannot take. */
  lookEveryMs: number;
  /** While it answers false no job is taken; what runs goes on. */
  mayTake: () => boolean;
  /** Told when as many jobs were found as were looked for: more are likely to wait. */
  onBacklog: () => void;
  /** A process that is silent for longer than three of these is taken for dead. */
  beatEveryMs: number;
}

/**
 * So long lies between two looks while others run: for jobs that end meanwhile, and jobs that are sent, to share the
 * next one.
 */
const GATHER_MS = 25;

/**
 * And so many times as long as the last one took: behind all that waits for a busy customer's places a look takes the
 * longer the more there is, and others have to do with the database, too.
 */
const RESTS = 4;

/** Such a part of all places, the last that are free, is for customers who had less than their share in this round. */
const LAST_PLACES = 0.25;

/** So many are asked for at once: the number stands in pg-boss's statement, and each statement has a plan of its own. */
const BATCHES = [48, 24, 12, 6, 1];

const SETTLED_TOGETHER = { maxItems: 100, maxAtOnce: 1 };

/**
 * Takes jobs of one kind out of the queue and keeps as many of them running as may be. pg-boss's own workers take one
 * job each and look for themselves, all of them at every job that is sent; here one look serves all that have nothing
 * to do, and jobs that end together are settled together.
 */
export class JobPump {
  /** By their taking. */
  private readonly running = new Map<string, TakenJob>();
  private readonly done: GroupCommit<TakenJob>;
  private timers: NodeJS.Timeout[] = [];
  private gathering: { timer: NodeJS.Timeout; dueMs: number } | null = null;
  private gatherMs = GATHER_MS;
  /** When the last look ended. */
  private lookedAtMs = -Infinity;
  /** Customers whose places the last look filled: the next one looks for what stands behind their jobs. */
  private passedOver: string[] = [];
  /** How many jobs of each customer were taken in this round, which ends when nobody waits who had less than their share. */
  private readonly taken = new Map<string, number>();
  private looking: Promise<void> | null = null;
  private isWanted = false;
  private isStopping = false;
  private whenEmpty = (): void => undefined;
  /** Jobs are nobody's in particular: what holds for whoever woke the pump, as a request, does not hold for them. */
  private readonly asNobody = AsyncLocalStorage.snapshot();

  /**
   * @param run never rejects
   * @param onError told when the queue itself cannot be reached: it is tried again at the next look
   */
  constructor(
    private readonly boss: Pick<PgBoss, 'fetch' | 'complete' | 'fail' | 'touch' | 'getDb'>,
    private readonly options: PumpOptions,
    private readonly run: (job: TakenJob) => Promise<JobEnd>,
    private readonly onError: (error: unknown) => void,
  ) {
    this.done = new GroupCommit(
      async (jobs) => {
        await boss.complete(options.queue, jobs.map(attemptOf));
      },
      () => false,
      SETTLED_TOGETHER,
    );
  }

  start(): void {
    const { lookEveryMs, beatEveryMs } = this.options;
    this.timers = [
      setInterval(() => this.wake(), lookEveryMs),
      setInterval(() => void this.beat(), beatEveryMs),
    ];
    this.wake();
  }

  /** There may be something to do. Looks at once where nothing runs, and where the last look is long enough ago. */
  wake(): void {
    const restMs = this.looking ? this.gatherMs : this.lookedAtMs + this.gatherMs - performance.now();
    if (this.running.size === 0 || restMs <= 0) this.wakeNow();
    else this.wakeSoon(restMs);
  }

  private wakeNow(): void {
    this.isWanted = true;
    if (this.looking || this.isStopping || this.free === 0 || !this.options.mayTake()) return;
    // What somebody was to look for soon is seen now.
    this.gatherNoMore();
    this.looking = this.asNobody(() => this.look()).finally(() => {
      this.looking = null;
      // Asked for while the last look ended.
      if (this.isWanted) this.wakeNow();
    });
  }

  /** A job has ended: others of its key or its customer may have waited for it, and others still for its place. */
  private wakeSoon(inMs = this.gatherMs): void {
    const dueMs = performance.now() + inMs;
    if (this.gathering !== null && this.gathering.dueMs <= dueMs) return;
    this.gatherNoMore();
    const timer = setTimeout(() => {
      this.gathering = null;
      this.wakeNow();
    }, inMs);
    this.gathering = { timer, dueMs };
  }

  private gatherNoMore(): void {
    clearTimeout(this.gathering?.timer);
    this.gathering = null;
  }

  /** Takes nothing more, waits for what runs, and hands back what does not end in time: it is taken up elsewhere. */
  async stop(timeoutMs: number): Promise<void> {
    this.isStopping = true;
    await this.looking;
    if (this.running.size > 0) await this.drain(timeoutMs);
    for (const timer of this.timers) clearInterval(timer);
    this.gatherNoMore();
    const left = [...this.running.values()];
    if (left.length > 0) await this.boss.fail(this.options.queue, left.map(attemptOf));
  }

  private get free(): number {
    const atOnce = this.options.mustYield() ? 1 : this.options.atOnce;
    return Math.max(0, atOnce - this.running.size);
  }

  private async look(): Promise<void> {
    try {
      while (this.isWanted && this.mayLook) {
        this.isWanted = false;
        // Whoever is passed over now is looked at with the next one, also when nothing is found.
        if (this.passedOver.length > 0) this.wakeSoon();
        await this.take();
        // A slow look is rested from first; so quick a one is followed before the jobs it found have ended.
        while (this.passedOver.length > 0 && this.gatherMs === GATHER_MS && this.mayLook) await this.take();
      }
    } catch (error) {
      this.isWanted = false;
      this.onError(error);
    }
  }

  private get mayLook(): boolean {
    return this.free > 0 && !this.isStopping && this.options.mayTake();
  }

  private async take(): Promise<void> {
    const { queue, perCustomer, lookEveryMs } = this.options;
    const batchSize = BATCHES.find((size) => size <= this.free) ?? 1;
    const served = this.isFull ? this.served : [];
    const ignoreGroups = [...new Set([...this.passedOver, ...served])];
    this.passedOver = [];
    const begunMs = performance.now();
    const found = await this.boss.fetch<object>(queue, {
      batchSize,
      groupConcurrency: perCustomer,
      ...(ignoreGroups.length > 0 ? { ignoreGroups } : {}),
    });
    this.lookedAtMs = performance.now();
    const tookMs = this.lookedAtMs - begunMs;
    this.gatherMs = Math.min(Math.max(GATHER_MS, RESTS * tookMs), lookEveryMs);
    const jobs = found.map(({ id, retryCount, data, groupId }): TakenJob => {
      return { id, retryCount, data, customer: groupId ?? null };
    });
    for (const job of jobs) this.enter(job);
    if (jobs.length === batchSize) {
      this.isWanted = true;
      this.options.onBacklog();
    } else if (jobs.length > 0) {
      const filled = this.filledBy(jobs);
      if (filled.length > 0) this.passedOver = [...ignoreGroups, ...filled];
      // What it saw may all have been of customers who have no more places now: others stand behind.
      this.wakeSoon();
    } else {
      this.taken.clear();
      if (served.length > 0) this.wakeSoon();
    }
    for (const job of jobs) void this.work(job);
  }

  private enter(job: TakenJob): void {
    const { customer } = job;
    this.running.set(takingOf(job), job);
    if (customer !== null) this.taken.set(customer, (this.taken.get(customer) ?? 0) + 1);
  }

  /** Whether only the last places are free: oldest first, those with a backlog would have them as long as it lasts. */
  private get isFull(): boolean {
    return this.free <= Math.max(1, this.options.atOnce * LAST_PLACES);
  }

  /** Customers who had their share in this round. */
  private get served(): string[] {
    const { perCustomer } = this.options;
    return [...this.taken].filter(([, taken]) => taken >= perCustomer).map(([customer]) => customer);
  }

  /** Customers who have as many running here as they may, and would have more only as these end. */
  private filledBy(jobs: readonly TakenJob[]): string[] {
    const customers = new Set(jobs.flatMap(({ customer }) => (customer === null ? [] : customer)));
    const running = Map.groupBy(this.running.values(), ({ customer }) => customer);
    return [...customers].filter(
      (customer) => (running.get(customer)?.length ?? 0) >= this.options.perCustomer,
    );
  }

  private async work(job: TakenJob): Promise<void> {
    try {
      const end = await this.run(job);
      await (end.kind === 'done' ? this.done.add(job) : this.giveUp(job, end.reason));
    } catch (error) {
      // Not settled, it is taken for one of a dead process, and done again.
      this.onError(error);
    } finally {
      this.running.delete(takingOf(job));
      if (this.running.size === 0) this.whenEmpty();
      this.wakeSoon();
    }
  }

  /** pg-boss puts a job among the dead letters when it fails and may not be retried. */
  private async giveUp(job: TakenJob, reason: string): Promise<void> {
    const { queue } = this.options;
    await this.boss
      .getDb()
      .executeSql('UPDATE pgboss.job SET retry_limit = 0 WHERE name = $1 AND id = $2 AND retry_count = $3', [
        queue,
        job.id,
        job.retryCount,
      ]);
    await this.boss.fail(queue, attemptOf(job), { reason });
  }

  /** Says that this process lives. */
  private async beat(): Promise<void> {
    if (this.running.size === 0) return;
    try {
      await this.boss.touch(this.options.queue, [...this.running.values()].map(attemptOf));
    } catch (error) {
      this.onError(error);
    }
  }

  private async drain(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((end) => (timer = setTimeout(end, timeoutMs)));
    await Promise.race([new Promise<void>((end) => (this.whenEmpty = end)), late]);
    clearTimeout(timer);
  }
}

const attemptOf = ({ id, retryCount }: TakenJob): { id: string; retryCount: number } => ({ id, retryCount });

/** Taken for one of a dead process, a job may be taken a second time while it runs. */
const takingOf = ({ id, retryCount }: TakenJob): string => `${id}/${retryCount}`;
