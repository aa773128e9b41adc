import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';

export const VENDORS = ['lever', 'victig'] as const;
export type Vendor = (typeof VENDORS)[number];

/**
 * What goes wrong:
 * `status` an answer in place of the work · `status_after` the work is done, the answer is the fault's ·
 * `drop_before` the connection ends before the work · `drop_after` the work is done, the connection ends ·
 * `hang` no answer ever, and no work · `hang_after` the work is done, no answer ever · `slow` the work is done after `delayMs` · `garbage` a success that is not JSON.
 */
export const FAULT_KINDS = [
  'status',
  'status_after',
  'drop_before',
  'drop_after',
  'hang',
  'hang_after',
  'slow',
  'garbage',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultOrder {
  /** By which whoever ordered it knows it again, e.g. a switch of the page; null for none. */
  label: string | null;
  vendor: Vendor;
  /** Upper case; null for any. */
  method: string | null;
  /** A regular expression for the path without the vendor's prefix and query, e.g. `/notes$`; null for any. */
  path: string | null;
  kind: FaultKind;
  status: number;
  body: unknown;
  headers: Record<string, string>;
  /** Waited before the fault, whatever its kind. */
  delayMs: number;
  /** How often it strikes; null until it is cleared. */
  times: number | null;
  /** The chance that a matching request is struck. */
  probability: number;
  seed: number;
}

export interface Fault extends FaultOrder {
  id: number;
  /** How many requests it has struck. */
  struck: number;
}

/** The faults on order, oldest first. */
export interface FaultBook {
  /** @throws SyntaxError when its `path` is no regular expression */
  add(order: FaultOrder): Fault;
  list(): readonly Fault[];
  clear(): void;
  /** Whether there was such a fault. */
  remove(id: number): boolean;
  /** The fault that strikes this request, if any, and counts it. */
  strike(vendor: Vendor, method: string, path: string): Fault | undefined;
  /** Waits as long as a fault that has struck says, or until all that wait are let go. */
  wait(fault: Fault): Promise<void>;
  letGo(): void;
}

export function createFaultBook(): FaultBook {
  let faults: { fault: Fault; pattern: RegExp | null; random: Random }[] = [];
  let lastId = 0;
  let patience = new AbortController();
  return {
    add(order) {
      lastId += 1;
      const fault = { ...order, id: lastId, struck: 0 };
      const pattern = order.path === null ? null : new RegExp(order.path);
      faults.push({ fault, pattern, random: seededRandom(order.seed) });
      return fault;
    },
    list: () => faults.map(({ fault }) => fault),
    clear() {
      faults = [];
    },
    remove(id) {
      const before = faults.length;
      faults = faults.filter(({ fault }) => fault.id !== id);
      return faults.length < before;
    },
    strike(vendor, method, path) {
      const hit = faults.find(
        ({ fault, pattern, random }) =>
          matches(fault, vendor, method) && (pattern?.test(path) ?? true) && random() < fault.probability,
      );
      if (hit) hit.fault.struck += 1;
      return hit?.fault;
    },
    async wait({ delayMs }) {
      if (delayMs === 0) return;
      await wait(delayMs, undefined, { ref: false, signal: patience.signal }).catch(() => undefined);
    },
    letGo() {
      patience.abort();
      patience = new AbortController();
    },
  };
}

function matches(fault: Fault, vendor: Vendor, method: string): boolean {
  if (fault.vendor !== vendor) return false;
  if (fault.times !== null && fault.struck >= fault.times) return false;
  return fault.method === null || fault.method === method;
}
