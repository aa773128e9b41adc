import { AsyncLocalStorage } from 'node:async_hooks';
import { noteFacts } from '../tracing/spans.js';
import { UPSTREAM_FAILURES, type UpstreamFailure } from '../errors/upstream-error.js';

/** As calls to them are told. */
export const VENDORS = ['Lever', 'VICTIG'] as const;

export const CALL_OUTCOMES = ['answered', ...UPSTREAM_FAILURES] as const;

/** One call to a vendor, as it may be told: what was asked and how it went, never what was said. */
export interface VendorCall {
  at: Date;
  vendor: string;
  /** Method and route template, e.g. `POST /opportunities/:id/notes`. */
  operation: string;
  outcome: 'answered' | UpstreamFailure;
  /** HTTP status, when there was an answer with one that matters. */
  status: number | null;
  durationMs: number;
}

/** Whose story calls belong to. */
export interface CallSubject {
  installationId: string;
  orderId: string;
}

/** Work that calls vendors page by page need not be told call by call. */
const MOST_CALLS = 200;

/** The calls of one piece of work, and the order that it turned out to be about. */
export class CallLog {
  readonly calls: VendorCall[] = [];

  constructor(public subject: CallSubject | null) {}

  add(call: VendorCall): void {
    if (this.calls.length < MOST_CALLS) this.calls.push(call);
  }
}

const current = new AsyncLocalStorage<CallLog>();

/** All calls to vendors that the work makes, however deep, are written into the log. */
export function logCalls<T>(log: CallLog, work: () => Promise<T>): Promise<T> {
  return current.run(log, work);
}

/** For whoever makes a call. */
export const currentCallLog = (): CallLog | undefined => current.getStore();

/** The running work is about this order: its calls, those before this moment too, belong to the order's story. */
export function callsAreAbout(subject: CallSubject): void {
  const log = current.getStore();
  if (log) log.subject = subject;
  noteFacts({ 'installation.id': subject.installationId, 'order.id': subject.orderId });
}
