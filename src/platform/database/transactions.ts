import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, type EntityManager } from 'typeorm';

/** A running transaction. Everything inside uses its manager and no other connection. */
export interface Transaction {
  manager: EntityManager;
  /** Runs after all else and before the commit: for what must lock last, and hold its locks shortest. */
  beforeCommit(work: () => Promise<void>): void;
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
    const last: (() => Promise<void>)[] = [];
    const effects: (() => void)[] = [];
    const result = await running.run(true, () =>
      this.dataSource.transaction(async (manager) => {
        const answer = await work({
          manager,
          beforeCommit: (work) => last.push(work),
          afterCommit: (effect) => effects.push(effect),
        });
        await guards.getStore()?.(manager);
        for (const work of last) await work();
        return answer;
      }),
    );
    for (const effect of effects) effect();
    return result;
  }
}
