import type { z } from 'zod';

/** When a failed job is tried again. */
export interface RetryPolicy {
  /** How often a job is tried in all before it waits in the dead-letter list; null: for as long as it takes. */
  maxAttempts: number | null;
  firstDelayMs: number;
  maxDelayMs: number;
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
}

const declared = new Map<string, JobDefinition>();

/** Declares a kind of job. Boot fails when a declared job has no handler. */
export function defineJob<P extends object>(definition: JobDefinition<P>): JobDefinition<P> {
  if (declared.has(definition.name)) throw new Error(`the job ${definition.name} is declared twice`);
  declared.set(definition.name, definition as unknown as JobDefinition);
  return definition;
}

export const declaredJobs = (): readonly JobDefinition[] => [...declared.values()];
