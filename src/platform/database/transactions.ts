import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, type EntityManager } from 'typeorm';
import type { Call, Write } from './combined-write.js';
import { WriteBehind } from './write-behind.js';

/** A running transaction. Everything inside uses its manager and no other connection. */
export interface Transaction {
  manager: EntityManager;
  /**
   * Writes what needs no answer, together with what else is written (ADR 31). It is there for whatever is asked by the
   * manager afterwards; what it fails with is thrown then, or when the transaction ends.
   */
  write(write: Write): Promise<void>;
  /** What is called after all else, right before the commit: for what must lock last, and hold its locks shortest. */
  callLast(call: () => Call): void;
  /**
   * A database server that dies may forget it, for it is done again from what led to it, or a later commit keeps it, too
   * (ADR 24).
   */
  mayBeForgotten(): void;
  /** Runs once the transaction has committed; must not throw. Nothing runs after a rollback. */
  afterCommit(effect: () => void): void;
}

const running = new AsyncLocalStorage<true>();

/**
 * A vendor's answer may take half a minute, and a transaction would hold its connection and its locks for as long; with
 * the embedded database there is only one.
 * @throws Error, which is a mistake of ours, when called inside a transaction
 */
export function assertOutsideTransaction(operation: string): void {
  if (running.getStore()) throw new Error(`${operation} must not be called inside a transaction`);
}

const NOT_WAITED_FOR: Call = { text: `set_config('synchronous_commit', 'off', true)`, values: [] };

type CommitGuard = (manager: EntityManager) => Promise<void>;

const guards = new AsyncLocalStorage<CommitGuard>();

/**
 * Every transaction that the work runs, however deep, asks the guard before it commits; the guard's own changes are
 * part of the transaction, and what it throws rolls it back.
 */
export function withCommitGuard<T>(guard: CommitGuard, work: () => Promise<T>): Promise<T> {
  return guards.run(guard, work);
}

/** For work that is not the caller's own, such as tokens that are renewed on the way: its transactions ask no guard. */
export function withoutCommitGuard<T>(work: () => Promise<T>): Promise<T> {
  return guards.exit(work);
}

/** Runs work in a database transaction. Calls to vendors are refused inside. */
@Injectable()
export class Transactions {
  constructor(private readonly dataSource: DataSource) {}

  async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const effects: (() => void)[] = [];
    const result = await running.run(true, () => this.attempt(work, (effect) => effects.push(effect)));
    for (const effect of effects) effect();
    return result;
  }

  private async attempt<T>(
    work: (tx: Transaction) => Promise<T>,
    afterCommit: Transaction['afterCommit'],
  ): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const behind = new WriteBehind(runner);
    const { manager } = runner;
    const last: (() => Call)[] = [];
    try {
      const answer = await work({
        manager,
        write: (write) => behind.write(write),
        callLast: (call) => last.push(call),
        mayBeForgotten: () => last.push(() => NOT_WAITED_FOR),
        afterCommit,
      });
      await guards.getStore()?.(manager);
      await behind.commit(last.map((call) => call()));
      return answer;
    } catch (error) {
      await behind.rollBack();
      throw error;
    } finally {
      await runner.release();
    }
  }
}
