import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { describeError } from '../errors/describe-error.js';
import { UpstreamError } from '../errors/upstream-error.js';

/** All that a span may say of its work: ids of ours, codes and numbers, never who it is about (A4). */
export interface SpanFacts {
  'installation.id'?: string;
  'order.id'?: string;
  'delivery.id'?: string;
  'job.id'?: string;
  'job.name'?: string;
  'job.attempt'?: number;
  'http.request.method'?: string;
  /** The template of the path, never the path. */
  'http.route'?: string;
  'http.response.status_code'?: number;
  vendor?: string;
}

export interface SpanPlan {
  kind: 'server' | 'consumer' | 'client';
  facts: SpanFacts;
  /** Left out: the current span, if there is one. */
  parent?: SpanContext | 'none';
  /** What led to the work besides. */
  links?: readonly SpanContext[];
}

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };

// While traces are off the API hands out spans that record nothing, at next to no cost.
const tracer = () => trace.getTracer('lever-victig');

/** Begins a span, and the context in which its work is to run; whoever begins it ends it. */
export function beginSpan(
  name: string,
  { kind, facts, parent, links = [] }: SpanPlan,
): { span: Span; inside: Context } {
  const around = contextOf(parent);
  const span = tracer().startSpan(
    name,
    { kind: KINDS[kind], attributes: { ...facts }, links: links.map((linked) => ({ context: linked })) },
    around,
  );
  return { span, inside: trace.setSpan(around, span) };
}

function contextOf(parent: SpanPlan['parent']): Context {
  if (parent === undefined) return context.active();
  return parent === 'none' ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

/** Runs work in a span of its own, which tells of a failure by its kind and never by its words. */
export async function inSpan<T>(name: string, plan: SpanPlan, work: (span: Span) => Promise<T>): Promise<T> {
  const { span, inside } = beginSpan(name, plan);
  try {
    return await context.with(inside, () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** The work of the current span failed, though it does not throw. */
export function noteFailure(error: unknown): void {
  const span = trace.getActiveSpan();
  if (span) failSpan(span, error);
}

function failSpan(span: Span, error: unknown): void {
  const type = error instanceof UpstreamError ? error.failure : describeError(error).type;
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Says more of the work that runs now. */
export function noteFacts(facts: SpanFacts): void {
  trace.getActiveSpan()?.setAttributes({ ...facts });
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-(0[01])$/;

/** The current span as W3C writes it (`traceparent`); null where nothing is traced. */
export function currentTraceparent(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !trace.isSpanContextValid(span)) return null;
  return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
}

/** What a `traceparent` says; undefined for anything else. */
export function spanContextOf(traceparent: string | null | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number(flags), isRemote: true };
}

/** For lines of the log; null where nothing is traced. */
export const currentTraceId = (): string | null => {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && trace.isSpanContextValid(span) ? span.traceId : null;
};
