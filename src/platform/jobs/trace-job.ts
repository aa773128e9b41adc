import type { CallSubject } from '../http/vendor-calls.js';
import { inSpan, spanContextOf, type SpanFacts } from '../tracing/spans.js';

export interface TracedWork {
  /** `traceparent` of what sent the job. */
  sentBy: string | undefined;
  /** `traceparent` under which its order was opened. */
  story: string | null;
  subject: CallSubject | null;
  facts: SpanFacts;
}

/**
 * Runs a try at a job in a span. It belongs to the trace in which its order was opened, however much later it runs; what
 * sent it, such as a callback, is linked where it belongs to another trace.
 */
export function traceJob<T>(
  name: string,
  { sentBy, story, subject, facts }: TracedWork,
  work: () => Promise<T>,
): Promise<T> {
  const sender = spanContextOf(sentBy);
  const opened = spanContextOf(story);
  const isSameTrace = opened === undefined || sender?.traceId === opened.traceId;
  return inSpan(
    name,
    {
      kind: 'consumer',
      // What runs it may be anybody's request that woke the queue.
      parent: (isSameTrace ? sender : opened) ?? 'none',
      links: isSameTrace || sender === undefined ? [] : [sender],
      facts: {
        ...facts,
        ...(subject && { 'installation.id': subject.installationId, 'order.id': subject.orderId }),
      },
    },
    work,
  );
}
