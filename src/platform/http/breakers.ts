import { VendorBreaker, type BreakerState } from './vendor-breaker.js';

export interface BreakerSnapshot {
  vendor: string;
  /** Of the vendor's accounts that this process calls; accounts without a recent failure are not counted. */
  accounts: Record<BreakerState, number>;
}

interface Account {
  vendor: string;
  breaker: VendorBreaker;
  callsUnderWay: number;
}

/**
 * The breakers of this process, one for each vendor's account: one customer's trouble does not stop another's, and
 * an outage of the whole vendor opens each of them within a few calls (F4).
 */
export class Breakers {
  private readonly known = new Map<string, Account>();

  /** @throws BreakerOpen when a call would not be let through now */
  check(limitKey: string): void {
    this.find(limitKey)?.breaker.check();
  }

  /**
   * Makes a call unless the account's breaker is open.
   * @throws BreakerOpen, and what the call throws
   */
  async run<T>(
    { vendor, limitKey, operation }: { vendor: string; limitKey: string; operation: string },
    call: () => Promise<T>,
  ): Promise<T> {
    const account = this.find(limitKey) ?? { vendor, breaker: new VendorBreaker(), callsUnderWay: 0 };
    this.known.set(limitKey, account);
    account.callsUnderWay++;
    try {
      return await account.breaker.run(operation, call);
    } finally {
      account.callsUnderWay--;
      // Accounts come and go; what is quiet need not be remembered. Calls under way all tell the same breaker.
      const isOver = account.callsUnderWay === 0 && account.breaker.isQuiet;
      if (isOver && this.known.get(limitKey) === account) this.known.delete(limitKey);
    }
  }

  private find(limitKey: string): Account | undefined {
    // Its pause is measured by a clock that was set back since: it would last as long as that.
    if (this.known.get(limitKey)?.breaker.isBeyondItsPause) this.known.delete(limitKey);
    return this.known.get(limitKey);
  }

  /** How things stand, by vendor; for people and metrics. */
  snapshot(): BreakerSnapshot[] {
    const byVendor = new Map<string, BreakerSnapshot>();
    for (const { vendor, breaker } of this.known.values()) {
      const snapshot = byVendor.get(vendor) ?? { vendor, accounts: { closed: 0, open: 0, half_open: 0 } };
      snapshot.accounts[breaker.state]++;
      byVendor.set(vendor, snapshot);
    }
    return [...byVendor.values()];
  }
}
