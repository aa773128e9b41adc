import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../sandbox/seeded-random.ts';
import { SEED } from '../../sandbox/seed.ts';
import type { Candidate, SecondAct } from './plan.ts';
import type { SandboxProcess, SeenOpportunity, SeenOrder } from './sandbox-process.ts';

const TRIGGER = SEED.lever.stages.backgroundCheck;
const ELSEWHERE = SEED.lever.stages.recruiterScreen;

const TICK_MS = 1_000;
/** The chance that somebody gets round to the next thing within a tick. */
const GETS_ROUND_TO_IT = 0.4;

const WITHDRAWS: ReadonlySet<SecondAct> = new Set(['leave_twice', 'archive']);

/** A candidate of the plan, and how far its story went. */
export interface Story {
  candidate: Candidate;
  opportunityId: string;
  /** Nobody has anything left to do about it, but for what follows from the service's own work. */
  isPlayed: boolean;
  /** The candidate was withdrawn while the check ran. */
  isWithdrawn: boolean;
  /** A report that was reopened and waits to be completed again. */
  reopenedOrderGuid: string | null;
}

/** Recruiters, candidates and VICTIG's staff: what they do, and nothing that the service does. */
export class People {
  readonly stories: Story[] = [];
  private readonly random;
  private readonly end = new AbortController();
  private working: Promise<void> = Promise.resolve();
  private mayCompleteAgain = false;

  private readonly candidates: readonly Candidate[];
  private readonly sandbox: SandboxProcess;
  /** The address of a customer's door. */
  private readonly doorOf: (candidate: Candidate) => string;

  constructor(
    candidates: readonly Candidate[],
    sandbox: SandboxProcess,
    doorOf: (candidate: Candidate) => string,
    seed: number,
  ) {
    this.candidates = candidates;
    this.sandbox = sandbox;
    this.doorOf = doorOf;
    this.random = seededRandom(seed + 3);
  }

  /** Everybody enters at their time; resolves when the last one did. */
  async enterAll(): Promise<void> {
    this.working = this.workOn();
    const began = Date.now();
    for (const candidate of this.candidates) {
      const early = began + candidate.entersAtMs - Date.now();
      if (early > 0) await wait(early);
      await this.enter(candidate);
    }
  }

  /** Reports that were reopened are completed again: not before callbacks arrive, since nobody asks about them. */
  completeReopened(): void {
    this.mayCompleteAgain = true;
  }

  allPlayed(): boolean {
    return this.stories.length === this.candidates.length && this.stories.every(({ isPlayed }) => isPlayed);
  }

  /** @throws what went wrong while they worked */
  async goHome(): Promise<void> {
    this.end.abort();
    await this.working;
  }

  private async enter(candidate: Candidate): Promise<void> {
    const { id } = await this.sandbox.post<{ id: string }>('/lever/opportunities', {
      account: candidate.customer.account,
      name: candidate.name,
      emails: candidate.email === null ? [] : [candidate.email],
      phones: ['(415) 226-0134'],
      tags: candidate.tags,
      postingId: SEED.lever.postings.supportLead,
      stageId: candidate.entrance === 'forged' ? TRIGGER : ELSEWHERE,
    });
    this.stories.push({
      candidate,
      opportunityId: id,
      isPlayed: candidate.secondAct === 'none',
      isWithdrawn: false,
      reopenedOrderGuid: null,
    });
    switch (candidate.entrance) {
      case 'moved':
        await this.move(id, TRIGGER);
        break;
      case 'moved_and_back':
        await this.move(id, TRIGGER);
        await this.move(id, ELSEWHERE);
        break;
      case 'claimed':
        await this.knock(candidate, id, candidate.customer.signatureToken, 200);
        break;
      case 'forged':
        await this.knock(candidate, id, 'a-token-that-nobody-has', 401);
        break;
    }
  }

  private async move(opportunityId: string, stageId: string): Promise<void> {
    await this.sandbox.post(`/lever/opportunities/${opportunityId}/move`, { stageId });
  }

  /** Someone else's webhook: tried until the door answers, as it may be cut off. */
  private async knock(
    candidate: Candidate,
    opportunityId: string,
    signWith: string,
    expected: number,
  ): Promise<void> {
    const token = randomBytes(24).toString('hex');
    const triggeredAt = Date.now();
    const signature = createHmac('sha256', signWith).update(`${token}${triggeredAt}`).digest('hex');
    const data = { opportunityId, fromStageId: ELSEWHERE, toStageId: TRIGGER };
    const body = JSON.stringify({ event: 'candidateStageChange', triggeredAt, data, token, signature });
    const headers = { 'content-type': 'application/json' };
    for (;;) {
      const status = await fetch(this.doorOf(candidate), { method: 'POST', headers, body }).then(
        (answer) => answer.status,
        () => null,
      );
      if (status === expected) return;
      if (status !== null && status < 500) {
        throw new Error(`a webhook that should be answered ${expected} was answered ${status}`);
      }
      await wait(250);
    }
  }

  private async workOn(): Promise<void> {
    while (!this.end.signal.aborted) {
      await wait(TICK_MS, undefined, { signal: this.end.signal }).catch(() => undefined);
      const orders = await this.sandbox.get<SeenOrder[]>('/victig/orders');
      for (const order of orders) if (this.getsRoundToIt()) await this.leadOn(order);
      for (const story of this.stories) {
        if (!story.isPlayed && this.getsRoundToIt()) await this.playSecondAct(story, orders);
      }
    }
  }

  /** The candidate fills in the form; VICTIG's staff work on the check. */
  private async leadOn(order: SeenOrder): Promise<void> {
    const story = this.storyOf(order);
    const candidate = story?.candidate;
    // Of whom is to be withdrawn while the check runs, it runs until the recruiters have read that it does.
    if (story && WITHDRAWS.has(story.candidate.secondAct) && !story.isPlayed) return;
    const path = `/victig/orders/${order.orderGuid}`;
    if (order.status === 'app-pending') await this.sandbox.post(`${path}/finish-quickapp`);
    else if (order.status === 'pending' && !this.isReopened(order)) {
      if (candidate?.canceledAtVictig) await this.sandbox.post(`${path}/cancel`);
      else {
        const { flagged = false, decision = null } = candidate ?? {};
        await this.sandbox.post(`${path}/complete`, { flagged, decision });
      }
    }
  }

  private async playSecondAct(story: Story, orders: readonly SeenOrder[]): Promise<void> {
    const { candidate, opportunityId } = story;
    if (WITHDRAWS.has(candidate.secondAct)) return this.withdraw(story);
    const shown = candidate.secondAct === 'mend_and_move_again' ? 'Rejected' : 'Complete';
    if (story.reopenedOrderGuid === null && !(await this.isShown(story, shown))) return;
    switch (candidate.secondAct) {
      case 'mend_and_move_again':
        await this.sandbox.patch(`/lever/opportunities/${opportunityId}`, {
          emails: [candidate.mendedEmail],
        });
        await this.moveAgain(opportunityId);
        break;
      case 'move_again':
        await this.moveAgain(opportunityId);
        break;
      case 'reopen_with_another_flag': {
        const order = orders.find((one) => this.storyOf(one) === story);
        if (!order) return;
        if (story.reopenedOrderGuid === null) {
          story.reopenedOrderGuid = order.orderGuid;
          await this.sandbox.post(`/victig/orders/${order.orderGuid}/reopen`);
          return;
        }
        if (!this.mayCompleteAgain) return;
        const { flagged, decision } = candidate;
        await this.sandbox.post(`/victig/orders/${order.orderGuid}/complete`, {
          flagged: !flagged,
          decision,
        });
        break;
      }
      case 'leave_twice':
      case 'archive':
      case 'none':
        break;
    }
    story.isPlayed = true;
  }

  /** Once the order is placed and shown; played when Lever says that the check goes on. */
  private async withdraw(story: Story): Promise<void> {
    const { candidate, opportunityId } = story;
    if (!story.isWithdrawn) {
      if (!(await this.isShown(story, 'Pending'))) return;
      story.isWithdrawn = true;
      if (candidate.secondAct === 'archive') {
        const reason = SEED.lever.archiveReasons.withdrew;
        await this.sandbox.post(`/lever/opportunities/${opportunityId}/archive`, { reason });
        return;
      }
      await this.move(opportunityId, ELSEWHERE);
      await this.move(opportunityId, TRIGGER);
      await this.move(opportunityId, ELSEWHERE);
      return;
    }
    const { notes } = await this.sandbox.get<SeenOpportunity>(`/lever/opportunities/${opportunityId}`);
    story.isPlayed = notes.length > 0;
  }

  private async moveAgain(opportunityId: string): Promise<void> {
    await this.move(opportunityId, ELSEWHERE);
    await this.move(opportunityId, TRIGGER);
  }

  private async isShown({ candidate, opportunityId }: Story, value: string): Promise<boolean> {
    const { tags } = await this.sandbox.get<SeenOpportunity>(`/lever/opportunities/${opportunityId}`);
    return tags.some((tag) => tag.startsWith(candidate.customer.statusPrefix) && tag.endsWith(` ${value}`));
  }

  private isReopened({ orderGuid }: SeenOrder): boolean {
    return this.stories.some(({ reopenedOrderGuid }) => reopenedOrderGuid === orderGuid);
  }

  private storyOf({ applicant }: SeenOrder): Story | undefined {
    return this.stories.find(({ candidate }) => candidate.mendedEmail === applicant?.email);
  }

  private getsRoundToIt(): boolean {
    return this.random() < GETS_ROUND_TO_IT;
  }
}
