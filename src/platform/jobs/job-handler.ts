import { DiscoveryService } from '@nestjs/core';
import type { JobDefinition } from './job-definition.js';

/** One try at a job. */
export interface JobRun {
  /** 1 at the first try. */
  attempt: number;
}

/** Does one kind of job; marked with `@Handles(job)`. May be run again after a crash at any line. */
export interface JobHandler<P extends object> {
  handle(payload: P, run: JobRun): Promise<void>;
}

/** The name of the job that a provider does. */
export const HandledJob = DiscoveryService.createDecorator<string>();

/** Marks the provider that does a kind of job. Boot fails if a job has no handler, or two. */
export const Handles =
  <P extends object>({ name }: JobDefinition<P>) =>
  (handler: new (...parts: never[]) => JobHandler<P>): void => {
    HandledJob(name)(handler);
  };
