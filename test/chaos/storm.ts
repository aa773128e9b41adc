import { exec } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { seededRandom } from '../../sandbox/seeded-random.ts';
import type { RunDatabase } from './database.ts';
import type { Front } from './front.ts';
import type { Replicas } from './replicas.ts';
import type { SandboxProcess } from './sandbox-process.ts';

/** Of all calls to each vendor, in parts of a hundred; together 5 %. The client's own time limit is 20 s. */
const FAULTS: readonly { percent: number; fault: object }[] = [
  { percent: 0.8, fault: { kind: 'drop_before' } },
  { percent: 0.8, fault: { kind: 'drop_after' } },
  { percent: 0.7, fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } },
  { percent: 0.6, fault: { kind: 'status', status: 500 } },
  { percent: 0.6, fault: { kind: 'status_after', status: 500 } },
  { percent: 0.6, fault: { kind: 'status', status: 503 } },
  { percent: 0.3, fault: { kind: 'garbage' } },
  { percent: 0.3, fault: { kind: 'status_after', status: 200, body: '<html>' } },
  { percent: 0.15, fault: { kind: 'hang' } },
  { percent: 0.15, fault: { kind: 'slow', delayMs: 21_000 } },
];

const BETWEEN_RESTARTS_MS = 500;
const DOORS_CUT = 0.05;
const WEBHOOKS_DOUBLED = 0.1;
const CALLBACKS_DROPPED = 0.2;
const CALLBACKS_DOUBLED = 0.1;

/** Lever gives up after its last try; a replica needs longer than the first of them to start. */
const LEVER_RETRY_GAPS_MS = [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 16_000, 16_000];

export interface StormDamage {
  faultsStruck: Record<'lever' | 'victig', number>;
  connectionsCut: number;
  crashes: number;
}

/** Everything that goes wrong, from one seed. When it happens depends on the machine, what happens does not. */
export class Storm {
  private readonly end = new AbortController();
  private readonly works: Promise<void>[] = [];
  private connectionsCut = 0;
  private crashes = 0;

  private readonly seed: number;
  private readonly parts: {
    sandbox: SandboxProcess;
    front: Front;
    replicas: Replicas;
    database: RunDatabase;
  };

  constructor(
    seed: number,
    parts: {
      sandbox: SandboxProcess;
      front: Front;
      replicas: Replicas;
      database: RunDatabase;
    },
  ) {
    this.seed = seed;
    this.parts = parts;
  }

  /** Nothing fails; the replicas are restarted in turn, one after the other. */
  async beginRestarts(): Promise<void> {
    await this.parts.sandbox.patch('/lever/behaviour', { retryGapsMs: LEVER_RETRY_GAPS_MS });
    this.works.push(this.restartReplicas());
  }

  /** @param crash a command that has the database server die and start again, in place of single connections */
  async begin(crash: string | null): Promise<void> {
    const { sandbox, front } = this.parts;
    await sandbox.patch('/lever/behaviour', {
      retryGapsMs: LEVER_RETRY_GAPS_MS,
      // Documentation leaves it open, so both must do: each seed takes one.
      freshTokenOnRetry: this.seed % 2 === 1,
    });
    for (const vendor of ['lever', 'victig'] as const) {
      for (const [index, { percent, fault }] of FAULTS.entries()) {
        const seed = this.seed * 1_000 + index + (vendor === 'lever' ? 0 : 500);
        await sandbox.post('/faults', { vendor, times: null, probability: percent / 100, seed, ...fault });
      }
    }
    const outgoing = { jitterMs: 2_000, seed: this.seed };
    await sandbox.post('/outgoing', { vendor: 'lever', duplicate: WEBHOOKS_DOUBLED, ...outgoing });
    await sandbox.post('/outgoing', {
      vendor: 'victig',
      drop: CALLBACKS_DROPPED,
      duplicate: CALLBACKS_DOUBLED,
      ...outgoing,
    });
    front.loseSome(DOORS_CUT);
    this.works.push(this.killReplicas(), crash === null ? this.cutConnections() : this.crashServer(crash));
  }

  /** Ends all trouble; answers what it did. */
  async calm(): Promise<StormDamage> {
    const { sandbox, front } = this.parts;
    this.end.abort();
    await Promise.all(this.works);
    front.loseSome(0);
    const faults = await sandbox.get<{ vendor: 'lever' | 'victig'; struck: number }[]>('/faults');
    const struck = (vendor: string): number =>
      faults.filter((fault) => fault.vendor === vendor).reduce((sum, fault) => sum + fault.struck, 0);
    await sandbox.delete('/faults');
    await sandbox.post('/outgoing', { vendor: 'lever' });
    await sandbox.post('/outgoing', { vendor: 'victig' });
    return {
      faultsStruck: { lever: struck('lever'), victig: struck('victig') },
      connectionsCut: this.connectionsCut,
      crashes: this.crashes,
    };
  }

  /** Every few seconds in which all are there, so that work gets done between the kills. */
  private async killReplicas(): Promise<void> {
    const random = seededRandom(this.seed + 1);
    while (await this.passes(2_000 + random() * 4_000)) {
      if (this.parts.replicas.allReady()) await this.parts.replicas.killOne(random);
    }
  }

  private async restartReplicas(): Promise<void> {
    const { replicas } = this.parts;
    // Each at least once, however slow the machine is.
    while ((await this.passes(BETWEEN_RESTARTS_MS)) || replicas.restarts < replicas.count) {
      await replicas.restartNext();
    }
  }

  private async cutConnections(): Promise<void> {
    const random = seededRandom(this.seed + 2);
    while (await this.passes(5_000 + random() * 10_000)) {
      this.connectionsCut += await this.parts.database.cutConnections(1 + Math.floor(random() * 6));
    }
  }

  private async crashServer(command: string): Promise<void> {
    const random = seededRandom(this.seed + 2);
    while (await this.passes(4_000 + random() * 8_000)) {
      await promisify(exec)(command);
      this.crashes += 1;
    }
  }

  /** Waits; false when the storm is over. */
  private async passes(ms: number): Promise<boolean> {
    const { signal } = this.end;
    await wait(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
