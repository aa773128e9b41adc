import { AsyncLocalStorage } from 'node:async_hooks';
import { z } from 'zod';
import { currentCause } from '../cause.js';
import { currentTraceparent } from '../tracing/spans.js';

/** What led to a job: kept with it, so that lines of the log and spans join up across the queue. Ids only. */
export const jobOrigin = z.object({
  /** The request at whose end the first job of the chain was sent. */
  requestId: z.string().optional(),
  /** The span that sent the job, as W3C writes it. */
  trace: z.string().optional(),
});
export type JobOrigin = z.infer<typeof jobOrigin>;

const inherited = new AsyncLocalStorage<JobOrigin>();
const remembered = new WeakMap<object, JobOrigin>();

/** Runs a job; those that it sends come from where it came from. */
export const withOrigin = <T>(origin: JobOrigin, work: () => Promise<T>): Promise<T> =>
  inherited.run(origin, work);

/** The request from which the running work comes, through whatever jobs; undefined where there is none. */
export function currentRequestId(): string | undefined {
  const [kind, id] = currentCause()?.split(':') ?? [];
  return kind === 'request' ? id : inherited.getStore()?.requestId;
}

function currentOrigin(): JobOrigin {
  const requestId = currentRequestId();
  const trace = currentTraceparent();
  return { ...(requestId !== undefined && { requestId }), ...(trace !== null && { trace }) };
}

/** Keeps where a payload comes from, for it is sent by work that several share. */
export function rememberOrigin<P extends object>(payload: P): P {
  remembered.set(payload, currentOrigin());
  return payload;
}

/** What goes into the queue. @param given the payload as whoever sends it holds it */
export function envelopeOf(attempt: number, payload: object, given: object = payload) {
  const origin = remembered.get(given) ?? currentOrigin();
  return { attempt, payload, ...(Object.keys(origin).length > 0 && { origin }) };
}
