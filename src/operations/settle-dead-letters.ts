import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditTrail } from '../audit/audit-trail.js';
import { mayKnow, type Principal } from '../platform/access/principal.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { DeadLetters, type DeadLetter, type DeadLetterFilter } from '../platform/jobs/dead-letters.js';
import { EVERY_INSTALLATION, Inbox } from '../platform/webhooks/inbox.js';

/** Why a delivery is ignored that a discarded job was to decide. */
const JOB_DISCARDED = 'job_discarded';

/** Retries and discards what was given up, on a person's word; each is audited in the same transaction (F2, A1). */
@Injectable()
export class SettleDeadLetters {
  constructor(
    private readonly letters: DeadLetters,
    private readonly transactions: Transactions,
    private readonly audit: AuditTrail,
    private readonly inbox: Inbox,
  ) {}

  async retry(principal: Principal, id: string): Promise<DeadLetter> {
    return this.transactions.run(async (tx) => {
      const letter = await this.known(tx, principal, id);
      if (!(await this.retryOne(tx, principal, letter))) {
        throw new DomainError(
          'conflict',
          'dead_letter_unreadable',
          'This version of the service cannot read the job. Discard it.',
        );
      }
      return letter;
    });
  }

  async discard(principal: Principal, id: string): Promise<DeadLetter> {
    return this.transactions.run(async (tx) => {
      const letter = await this.known(tx, principal, id);
      await this.letters.discard(tx, letter);
      const { deliveryId } = subjectOf(letter);
      if (deliveryId !== undefined) {
        const delivery = { installationId: ownerOf(letter), deliveryId };
        await this.inbox.giveUp(tx, delivery, JOB_DISCARDED);
      }
      await this.record(tx, principal, 'dead_letter.discarded', letter);
      return letter;
    });
  }

  /** Retries the oldest that match and can be read, all or none of them. */
  async retryMany(
    principal: Principal,
    filter: DeadLetterFilter,
    { limit, because }: { limit: number; because: string | undefined },
  ): Promise<DeadLetter[]> {
    return this.transactions.run(async (tx) => {
      const retried: DeadLetter[] = [];
      for (const letter of await this.letters.takeOldest(tx, filter, limit)) {
        if (await this.retryOne(tx, principal, letter, because)) retried.push(letter);
      }
      return retried;
    });
  }

  /** What `retryMany` would retry. Changes nothing. */
  previewMany(filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]> {
    return this.transactions.run((tx) => this.letters.takeOldest(tx, filter, limit));
  }

  private async retryOne(
    tx: Transaction,
    principal: Principal,
    letter: DeadLetter,
    because?: string,
  ): Promise<boolean> {
    if (!(await this.letters.retry(tx, letter))) return false;
    await this.record(tx, principal, 'dead_letter.retried', letter, because);
    return true;
  }

  /** Another installation's is not there at all (A5). */
  private async known(tx: Transaction, principal: Principal, id: string): Promise<DeadLetter> {
    const letter = await this.letters.take(tx, id);
    if (!letter || !mayKnow(principal, ownerOf(letter))) {
      throw new DomainError('not_found', 'dead_letter_not_found', 'There is no such dead letter.');
    }
    return letter;
  }

  private async record(
    tx: Transaction,
    { actor }: Principal,
    action: 'dead_letter.retried' | 'dead_letter.discarded',
    letter: DeadLetter,
    reason?: string,
  ): Promise<void> {
    const { deliveryId, ...subject } = subjectOf(letter);
    const data = {
      deadLetterId: letter.id,
      queue: letter.queue,
      ...(deliveryId === undefined ? {} : { deliveryId }),
      ...(reason === undefined ? {} : { reason }),
    };
    await this.audit.record(tx, { installationId: ownerOf(letter), actor, action, data, ...subject });
  }
}

const ownerOf = ({ installationId }: DeadLetter): string => installationId ?? EVERY_INSTALLATION;

/** What a job was about, of which nothing else is left with its end. Payloads that cannot be read may hold anything. */
function subjectOf({ payload: { orderId, opportunityId, deliveryId } }: DeadLetter): {
  orderId?: string;
  opportunityId?: string;
  deliveryId?: string;
} {
  return {
    ...(isUuid(orderId) ? { orderId } : {}),
    ...(opportunityId === undefined ? {} : { opportunityId }),
    ...(isUuid(deliveryId) ? { deliveryId } : {}),
  };
}

const isUuid = (value: string | undefined): value is string => z.uuid().safeParse(value).success;
