import type { VendorCallRecord } from '../../platform/http/vendor-call-records.js';

const OUTCOMES: Record<VendorCallRecord['outcome'], string> = {
  answered: 'answered',
  unreachable: 'could not be reached',
  timed_out: 'did not answer in time',
  rate_limited: 'asked us to slow down',
  unavailable: 'failed',
  unauthorized: 'refused the credentials',
  rejected: 'refused what was asked',
  malformed: 'answered something unreadable',
};

/** What a vendor was asked and how it went, in a sentence. */
export function tellCall({
  vendor,
  operation,
  outcome,
  status,
  durationMs,
  ...run
}: VendorCallRecord): string {
  const again = run.nextTryAt === null ? '' : ` It is tried again at ${run.nextTryAt.toISOString()}.`;
  const attempt = run.attempt === 1 ? '' : ` (attempt ${run.attempt})`;
  const code = status === null ? '' : ` (HTTP ${status})`;
  return `${vendor} was asked ${operation}${attempt} and ${OUTCOMES[outcome]}${code} after ${durationMs} ms.${again}`;
}
