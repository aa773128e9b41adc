import type { UpstreamFailure } from '../../src/platform/errors/upstream-error.js';
import type { PlannedFailure } from './failure-plan.js';
import type { SandboxDriver } from './sandbox-driver.js';

const FAULTS: Record<UpstreamFailure, object> = {
  unreachable: { kind: 'drop_before' },
  timed_out: { kind: 'hang' },
  rate_limited: { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
  unavailable: { kind: 'status', status: 503 },
  unauthorized: { kind: 'status', status: 401 },
  rejected: { kind: 'status', status: 400 },
  malformed: { kind: 'garbage' },
};

const FAULTS_AFTER_WORK: Partial<Record<UpstreamFailure, object>> = {
  unreachable: { kind: 'drop_after' },
  unavailable: { kind: 'status_after', status: 500 },
  timed_out: { kind: 'hang_after' },
};

/** Makes the next call to a sandbox vendor fail as planned. */
export async function failNextCall(
  driver: SandboxDriver,
  vendor: 'lever' | 'victig',
  { failure, afterWork = false }: PlannedFailure,
): Promise<void> {
  const fault = afterWork ? FAULTS_AFTER_WORK[failure] : FAULTS[failure];
  if (fault === undefined) throw new Error(`the sandbox cannot be ${failure} after its work`);
  await driver.post('/faults', { vendor, ...fault });
}
