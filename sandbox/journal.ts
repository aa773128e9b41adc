import type { Vendor } from './faults.ts';

/** One request that reached a stand-in, faults included. */
export interface Call {
  /** Counted from 1 since the stand-ins were last reset. */
  number: number;
  at: number;
  /** When the answer had been sent; null while unanswered, and for ever after a dropped connection. */
  answeredAt: number | null;
  vendor: Vendor;
  method: string;
  /** Without the vendor's prefix and without the query. */
  path: string;
  /** The route, e.g. `POST /v1/opportunities/:id/notes`; `unknown` when there is none. */
  operation: string;
  /** Who called: the API key or token; null before it was recognised. */
  credential: string | null;
  /** Null while unanswered, and for ever after a dropped connection. */
  status: number | null;
}

/** Calls are remembered up to this many; counts are never forgotten. */
const CALLS_KEPT = 50_000;

export interface Journal {
  /** Answers the entry, to be completed by its answer. */
  countCall(call: Omit<Call, 'number' | 'answeredAt' | 'credential' | 'status'>): Call;
  /** One effective change in a vendor's data, e.g. `notesCreated`. */
  countWrite(vendor: Vendor, kind: string): void;
  /** @param after the number of a call that is known already */
  calls(after?: number): readonly Call[];
  totals(vendor: Vendor): { calls: Record<string, number>; writes: Record<string, number> };
}

export function createJournal(): Journal {
  const counts = {
    lever: { calls: new Map<string, number>(), writes: new Map<string, number>() },
    victig: { calls: new Map<string, number>(), writes: new Map<string, number>() },
  };
  let kept: Call[] = [];
  let counted = 0;
  return {
    countCall(made) {
      increment(counts[made.vendor].calls, made.operation);
      counted += 1;
      const call: Call = { number: counted, ...made, answeredAt: null, credential: null, status: null };
      kept.push(call);
      if (kept.length > 2 * CALLS_KEPT) kept = kept.slice(-CALLS_KEPT);
      return call;
    },
    countWrite: (vendor, kind) => increment(counts[vendor].writes, kind),
    calls: (after = 0) => kept.slice(Math.max(kept.length - Math.min(CALLS_KEPT, counted - after), 0)),
    totals: (vendor) => ({
      calls: Object.fromEntries(counts[vendor].calls),
      writes: Object.fromEntries(counts[vendor].writes),
    }),
  };
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
