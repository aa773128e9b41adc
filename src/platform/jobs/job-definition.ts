import type { z } from 'zod';

/** When a failed job is tried again. */
export interface RetryPolicy {
  /** How often a job is tried in all before it waits in the dead-letter list; null: for as long as it takes. */
  maxAttempts: number | null;
  firstDelayMs: number;
  maxDelayMs: number;
  /**
   * Its tries used up, a credential refused, or another of the same key waiting that does as much, it is let go: someone
   * else sees to it that the work is taken up again.
   */
  letGo?: true;
  /** Its tries used up, it waits in the dead-letter list only where no other like it does: the next round is soon. */
  tellOnce?: true;
}

/** A kind of job: declared apart from its work, so that who sends it need not know who does it. */
export interface JobDefinition<P extends object = object> {
  readonly name: string;
  /** Payloads hold ids only, never personal data. */
  readonly payload: z.ZodType<P>;
  /** Jobs of one kind with the same key never run at the same time, on any replica. */
  readonly key: (payload: P) => string;
  /** How a failure is met; failures that no retry can mend use the same limits. */
  readonly retry: RetryPolicy;
  /** How many a process does at once, where each holds much in memory, and half as many of one customer; otherwise left out. */
  readonly atOnce?: number;
  /** Whether one that waits makes another of its key needless, where jobs may be let go; left out: any does. */
  readonly doesAsMuch?: (waiting: P, other: P) => boolean;
}

/** A declared job as the queue sees it: of any payload, checked when it is read. */
export interface DeclaredJob {
  readonly name: string;
  readonly payload: z.ZodType<object>;
  readonly retry: RetryPolicy;
  /** No limit of its own where it is infinite. */
  readonly atOnce: number;
  /** The key of a payload that was checked. */
  readonly keyOf: (payload: object) => string;
  /** As `doesAsMuch`, of payloads as they are read; false for one that cannot be read. */
  readonly isCoveredBy: (payload: object, waiting: unknown) => boolean;
}

const declared = new Map<string, DeclaredJob>();

/** Declares a kind of job. Boot fails when a declared job has no handler. */
export function defineJob<P extends object>(definition: JobDefinition<P>): JobDefinition<P> {
  const { name, payload, retry, key, atOnce = Infinity, doesAsMuch = () => true } = definition;
  if (declared.has(name)) throw new Error(`the job ${name} is declared twice`);
  declared.set(name, {
    name,
    payload,
    retry,
    atOnce,
    keyOf: (given) => key(payload.parse(given)),
    isCoveredBy: (given, waiting) => {
      const read = payload.safeParse(waiting);
      return read.success && doesAsMuch(read.data, payload.parse(given));
    },
  });
  return definition;
}

export const declaredJobs = (): readonly DeclaredJob[] => [...declared.values()];
