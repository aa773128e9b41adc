import type { Transaction } from '../database/transactions.js';
import type { JobDefinition } from './job-definition.js';

export interface SendOptions {
  /** Not before this time. */
  startAfter?: Date;
  /** Nobody is woken for it: it is taken with the next look for such jobs, a second later at the most. */
  inNoHurry?: boolean;
}

/** Puts jobs into the queue. */
export abstract class JobQueue {
  /** The job exists exactly if the transaction commits. */
  abstract send<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payload: P,
    options?: SendOptions,
  ): Promise<void>;

  /** Several of one kind at once, none of which has to wait for a time. */
  abstract sendAll<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payloads: readonly P[],
  ): Promise<void>;

  /**
   * A job with each row that is inserted by a write of the same statement: none with a row that is there already. Nothing
   * else may be asked between the two.
   * @param inserted what that write calls its rows
   */
  abstract sendWithRows<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    inserted: string,
    jobs: readonly { rowId: string; payload: P }[],
  ): Promise<void>;

  /** As `sendAll`, but for those of which the very same waits already: to do it twice would tell nothing new. */
  abstract sendMissing<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payloads: readonly P[],
  ): Promise<void>;

  /**
   * Has the work of a key done at once, as at its first try, or by the stated time: what waits for longer is moved up, and
   * only where nothing waits one more is sent.
   */
  abstract hurry<P extends object>(
    tx: Transaction,
    job: JobDefinition<P>,
    payload: P,
    options?: Pick<SendOptions, 'startAfter'>,
  ): Promise<void>;

  /** Has all of a kind that waits for a customer done at once, whatever it waits for. Of what runs nothing is changed. */
  abstract hurryAllOf<P extends { installationId: string }>(
    tx: Transaction,
    job: JobDefinition<P>,
    installationId: string,
  ): Promise<void>;

  /**
   * From now on sends the job once in each interval, however many replicas ask for it; not while one still waits for its
   * turn.
   */
  abstract sendEvery<P extends object>(job: JobDefinition<P>, payload: P, intervalSeconds: number): void;
}
