import { seededRandom } from '../../sandbox/seeded-random.ts';
import { freePort } from '../support/free-port.ts';
import { startProcess, type RunningProcess } from './running-process.ts';
import { SERVICE_COMMAND } from '../../sandbox/try-it/service-command.ts';

interface Replica {
  n: number;
  url: string;
  process: RunningProcess;
  isReady: boolean;
  /** It was ready once. */
  hasStarted: boolean;
  /** It is being killed on purpose. */
  isDoomed: boolean;
}

/** Whoever starts meanwhile ends, to be started again by whoever watches over it: here by us. */
const NO_DATABASE = [
  'terminating connection due to administrator command',
  'The database does not answer.',
  'is starting or shutting down',
];

const wasCutAtStart = ({ hasStarted, process }: Replica): boolean =>
  !hasStarted && NO_DATABASE.some((words) => process.lastWords().includes(words));

/** Equal processes of the service on one database; those that die are started again. */
export class Replicas {
  kills = 0;
  restarts = 0;
  /** What they said who ended although nobody killed them. */
  readonly faints: string[] = [];
  private readonly replicas: Replica[] = [];
  private stopping = false;

  private readonly env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.env = env;
  }

  async start(count: number): Promise<void> {
    // All at once: migrations and schedules must bear it.
    await Promise.all(Array.from({ length: count }, (_, n) => this.startOne(n)));
  }

  get count(): number {
    return this.replicas.length;
  }

  /** Where requests can be sent now. */
  readyUrls(): string[] {
    return this.replicas.filter(({ isReady }) => isReady).map(({ url }) => url);
  }

  allReady(): boolean {
    return this.replicas.every(({ isReady }) => isReady);
  }

  /** Ends one of them in the middle of whatever it does, and starts it again. */
  async killOne(random: ReturnType<typeof seededRandom>): Promise<void> {
    const victim = this.replicas[Math.floor(random() * this.replicas.length)];
    if (!victim) return;
    this.kills += 1;
    victim.isDoomed = true;
    victim.isReady = false;
    await victim.process.end('SIGKILL');
    await this.startOne(victim.n);
  }

  /** Restarts them in turn, as a new version is brought in: each ends in order and is back before the next. */
  async restartNext(): Promise<void> {
    const replica = this.replicas[this.restarts % Math.max(1, this.replicas.length)];
    if (!replica) return;
    this.restarts += 1;
    replica.isDoomed = true;
    const ended = replica.process.end('SIGTERM');
    // As a load balancer does: it is sent requests until it says that it is not ready.
    await replica.process
      .until(async () => !(await replica.process.answers(`${replica.url}/health/ready`)))
      .catch(() => undefined);
    replica.isReady = false;
    const code = await ended;
    if (code !== 0) this.faints.push(`told to end: code ${code}\n${replica.process.lastWords()}`);
    await this.startOne(replica.n);
  }

  /** Asks all to end; answers their exit codes. */
  async stop(): Promise<(number | null)[]> {
    this.stopping = true;
    return Promise.all(this.replicas.map(({ process }) => process.end('SIGTERM')));
  }

  async kill(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.replicas.map(({ process }) => process.end('SIGKILL')));
  }

  private async startOne(n: number): Promise<void> {
    if (this.stopping) return;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const process = startProcess([...SERVICE_COMMAND], {
      ...this.env,
      PORT: String(port),
    });
    const replica: Replica = { n, url, process, isReady: false, hasStarted: false, isDoomed: false };
    this.replicas[n] = replica;
    void this.reviveWhenItFaints(replica);
    try {
      await process.until(() => process.answers(`${url}/health/ready`));
      replica.isReady = process.isRunning();
      replica.hasStarted = true;
    } catch (error) {
      // Another is being started in its place.
      if (!wasCutAtStart(replica)) throw error;
    }
  }

  private async reviveWhenItFaints(replica: Replica): Promise<void> {
    await replica.process.ended;
    replica.isReady = false;
    if (replica.isDoomed || this.stopping) return;
    if (!wasCutAtStart(replica)) this.faints.push(replica.process.lastWords());
    await this.startOne(replica.n).catch((error: unknown) => this.faints.push(String(error)));
  }
}
