import { AsyncLocalStorage } from 'node:async_hooks';
import { vi } from 'vitest';
import { Transactions } from '../../src/platform/database/transactions.js';
import { JsonClient } from '../../src/platform/http/json-client.js';
import type { TestService } from './service.js';

/** The process is gone: nothing it would still do happens. */
class Died extends Error {}

/** One process and when it dies. From then on it reaches neither the database nor a vendor. */
export class Life {
  private static readonly current = new AsyncLocalStorage<Life>();
  /** Where it died; null: it did not. */
  end: string | null = null;
  private passed = 0;

  /** @param isEnd whether it dies at a point, which has others before it */
  constructor(private readonly isEnd: (point: string, before: number) => boolean) {}

  static pass(point: string): void {
    Life.current.getStore()?.pass(point);
  }

  /** Answers whether the process lived to the end of the work. */
  async live(work: () => Promise<void>): Promise<boolean> {
    try {
      await Life.current.run(this, work);
    } catch (error) {
      if (this.end === null) throw error;
    }
    return this.end === null;
  }

  private pass(point: string): void {
    if (this.end === null && this.isEnd(point, this.passed++)) this.end = point;
    if (this.end !== null) throw new Died(point);
  }
}

/** Lets lives end before and after each transaction and each call: between them there is nothing that others could see. */
export function makeMortal(service: TestService): void {
  const transactions = service.part(Transactions);
  const run = transactions.run.bind(transactions);
  vi.spyOn(transactions, 'run').mockImplementation(async (work) => {
    Life.pass('before a transaction');
    const answer: unknown = await run(work);
    Life.pass('after a transaction');
    return answer;
  });
  const http = service.part(JsonClient);
  const send = http.send.bind(http);
  vi.spyOn(http, 'send').mockImplementation(async (request) => {
    const call = `${request.method} ${request.route}`;
    Life.pass(`before ${call}`);
    const answer = await send(request);
    Life.pass(`after ${call}`);
    return answer;
  });
}
