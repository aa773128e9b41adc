import { expect } from 'vitest';
import { eventually } from './eventually.js';
import type { TestService } from './service.js';

/**
 * Waits until no job of these kinds waits or runs.
 * @param about members of the payloads of the jobs that are meant; none: all jobs of these kinds
 */
export function untilDone(
  service: TestService,
  jobs: readonly string[],
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  return untilNoneIs(`state <= 'active'`, service, jobs, about);
}

/** Waits until none of them runs: who begins from now on meets what is so by now. */
export function untilNoneRuns(
  service: TestService,
  jobs: readonly string[],
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  return untilNoneIs(`state = 'active'`, service, jobs, about);
}

/** Waits until none of them runs, or is to run within a second: for now nothing is done but what the test asks for. */
export function untilAtRest(
  service: TestService,
  jobs: readonly string[],
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  const isNear = `state <= 'active' AND (state = 'active' OR start_after < now() + interval '1 second')`;
  return untilNoneIs(isNear, service, jobs, about);
}

function untilNoneIs(
  condition: string,
  { database }: TestService,
  jobs: readonly string[],
  about: Readonly<Record<string, string>>,
): Promise<void> {
  return eventually(async () => {
    const left = await database.query<unknown[]>(
      `SELECT id FROM pgboss.job
       WHERE name = ANY ($1) AND ${condition} AND data -> 'payload' @> $2::jsonb`,
      [jobs, JSON.stringify(about)],
    );
    expect(left).toEqual([]);
  });
}
