import { currentCause } from '../cause.js';
import { currentCallLog } from '../http/vendor-calls.js';
import { currentRequestId } from '../jobs/job-origin.js';
import { currentTraceId } from '../tracing/spans.js';

/** The trace of the running work, for every line of the log that it writes. */
const currentTrace = (): { traceId?: string } => {
  const traceId = currentTraceId();
  return traceId === null ? {} : { traceId };
};

/**
 * Of a job, for every line that it writes: the order that it is about, the request from which it came, through however
 * many jobs, and its trace. By them lines join up, and find the timeline and the audit trail.
 */
export function idsOfJob(): Record<string, string> {
  const [kind, jobId] = currentCause()?.split(':') ?? [];
  if (kind !== 'job' || jobId === undefined) return {};
  const subject = currentCallLog()?.subject;
  const requestId = currentRequestId();
  return {
    jobId,
    ...(requestId !== undefined && { requestId }),
    ...(subject && { installationId: subject.installationId, orderId: subject.orderId }),
    ...currentTrace(),
  };
}
