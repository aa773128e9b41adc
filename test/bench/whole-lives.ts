import { SEED } from '../../sandbox/seed.ts';
import type { SandboxProcess } from '../chaos/sandbox-process.ts';
import { stageChange } from './deliveries.ts';
import type { Customer, Stage } from './stage.ts';

/** The candidate fills in the form, and VICTIG finishes the check, so long after the step before. */
const STEP_AFTER_MS = 1_000;

/** What comes with each order: stage changes that order nothing, and how many forged ones in ten orders. */
const IGNORED_FOR_EACH = 3;
const FORGED_FOR_TEN = 5;

type Standing = 'delivered' | 'placed' | 'form_filled_in' | 'finished';

/** One candidate, from the move to the trigger stage to the note with the result. */
interface Life {
  email: string;
  standing: Standing;
  /** When it came to stand so. */
  since: number;
}

interface Call {
  number: number;
  at: number;
  path: string;
  operation: string;
}

/** How long recruiters waited, in milliseconds. */
export interface Waits {
  toTagMs: number[];
  toNoteMs: number[];
}

/** Recruiters, candidates and VICTIG's staff who go on and on, and strangers at the door; forgets whoever is done. */
export class WholeLives {
  begun = 0;
  ended = 0;
  private readonly lives = new Map<string, Life>();
  private waits: Waits = { toTagMs: [], toNoteMs: [] };
  private lastCall = 0;

  private readonly stage: Stage;
  private readonly sandbox: SandboxProcess;
  private readonly port: number;
  private readonly customers: readonly Customer[];

  constructor(stage: Stage, port: number, customers: readonly Customer[]) {
    this.stage = stage;
    this.sandbox = stage.sandbox;
    this.port = port;
    this.customers = customers;
  }

  get underWay(): number {
    return this.lives.size;
  }

  /** What was waited since this was last asked for. */
  takeWaits(): Waits {
    const { waits } = this;
    this.waits = { toTagMs: [], toNoteMs: [] };
    return waits;
  }

  /** A candidate is moved to the trigger stage; others are moved elsewhere, and somebody guesses at the door. */
  async begin(): Promise<void> {
    const number = this.begun++;
    const customer = this.customers[number % this.customers.length] as Customer;
    const opportunityId = await this.stage.addCandidate(customer, number);
    const email = `ana${number}@example.com`;
    this.lives.set(opportunityId, { email, standing: 'delivered', since: Date.now() });
    const { signatureToken } = customer;
    const elsewhere = SEED.lever.stages.recruiterScreen;
    await Promise.all([
      this.deliver(customer, stageChange({ signatureToken, opportunityId }), 200),
      ...Array.from({ length: IGNORED_FOR_EACH }, () =>
        this.deliver(customer, stageChange({ signatureToken, stageId: elsewhere }), 200),
      ),
      ...(number % 10 < FORGED_FOR_TEN
        ? [this.deliver(customer, stageChange({ signatureToken: 'a-guess' }), 401)]
        : []),
    ]);
  }

  /** Sees what the service did since, and takes the steps that are due. */
  async goOn(): Promise<void> {
    const calls = await this.sandbox.get<Call[]>(`/calls?vendor=lever&after=${this.lastCall}`);
    for (const call of calls) this.see(call);
    const now = Date.now();
    await Promise.all(
      [...this.lives.values()]
        .filter(({ since }) => now - since >= STEP_AFTER_MS)
        .map((life) => this.stepOn(life)),
    );
  }

  private see({ number, at, path, operation }: Call): void {
    this.lastCall = number;
    const opportunityId = path.split('/').at(-2) ?? '';
    const life = this.lives.get(opportunityId);
    if (!life) return;
    if (operation.endsWith('/addTags') && life.standing === 'delivered') {
      this.waits.toTagMs.push(at - life.since);
      Object.assign(life, { standing: 'placed', since: at });
    } else if (operation.startsWith('POST') && operation.endsWith('/notes') && life.standing === 'finished') {
      this.waits.toNoteMs.push(at - life.since);
      this.lives.delete(opportunityId);
      this.ended += 1;
    }
  }

  private async stepOn(life: Life): Promise<void> {
    if (life.standing !== 'placed' && life.standing !== 'form_filled_in') return;
    const { orderGuid } = await this.sandbox.get<{ orderGuid: string }>(
      `/victig/orders/by-email/${life.email}`,
    );
    const [standing, step] =
      life.standing === 'placed'
        ? (['form_filled_in', 'finish-quickapp'] as const)
        : (['finished', 'complete'] as const);
    // Said first: the note may be there before the sandbox's answer is.
    Object.assign(life, { standing, since: Date.now() });
    await this.sandbox.post(`/victig/orders/${orderGuid}/${step}`, { decision: 'Eligible' });
  }

  private async deliver({ id }: Customer, body: string, expected: number): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/webhooks/lever/${id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await answer.arrayBuffer();
    if (answer.status !== expected) throw new Error(`a delivery was answered ${answer.status}`);
  }
}
