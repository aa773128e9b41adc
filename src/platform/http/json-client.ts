import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, FormData, request as send, type Dispatcher } from 'undici';
import type { z } from 'zod';
import type { Clock } from '../clock.js';
import { assertOutsideTransaction } from '../database/transactions.js';
import {
  SENT_ELSEWHERE,
  SERVICE_PAUSED,
  UpstreamError,
  type UpstreamErrorDetails,
} from '../errors/upstream-error.js';
import { Breakers } from './breakers.js';
import { NOBODY, observed, type CallObserver } from './call-observer.js';
import { AnswerTooLarge, failureOfError, failureOfStatus, type CallFailure } from './failure-of-call.js';
import { inSpan } from '../tracing/spans.js';
import { unlessTooLate } from './unless-too-late.js';
import type { OutgoingHosts } from './outgoing-hosts.js';
import { retryAfterMs } from './retry-after.js';
import { fillRoute } from './route.js';
import { vendorConnector } from './vendor-connector.js';

/** What a vendor says about a request it did not carry out. */
export type VendorFault = Pick<UpstreamErrorDetails, 'code' | 'fields' | 'vendorMessage'>;

/** A vendor's API, as far as calls to it need to know. */
export interface VendorApi {
  vendor: string;
  /** With the version, without a slash at the end: `https://api.lever.co/v1`. */
  baseUrl: string;
  /** Finds the fault in an error answer; `undefined` stands for an answer that is not JSON. Never throws. */
  faultOf: (body: unknown) => VendorFault;
  /** How the text of an answer is read, where that is not as JSON just as it stands. Throws for what is not JSON. */
  parse?: (text: string) => unknown;
}

export interface JsonRequest<T> {
  api: VendorApi;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Template of the path, e.g. `/opportunities/:id/notes`; errors name it instead of the path. */
  route: string;
  params?: Readonly<Record<string, string>>;
  /** As it goes on the wire, without the question mark. */
  query?: string;
  headers: Readonly<Record<string, string>>;
  /** Sent as JSON; a form as `multipart/form-data`. */
  body?: object | FormData;
  /** Sent as `application/x-www-form-urlencoded`, in place of `body`. */
  form?: Readonly<Record<string, string>>;
  /** What the answer must look like; an answer without a body is `undefined`. */
  schema: z.ZodType<T>;
  /** For the whole call, where the client's own limit does not fit. */
  timeoutMs?: number;
  /** Not begun after this time, however long its turn, or a connection, is waited for. */
  notAfter?: Date;
}

export interface JsonAnswer<T> {
  status: number;
  data: T;
  /** The `Link` header; null when there is none, empty when it is empty. */
  link: string | null;
  /** The `Date` header, the vendor's clock to the second; null when there is none. */
  date: Date | null;
}

export interface HttpLimits {
  /** From the look-up of the name to the end of the TLS handshake. */
  connectTimeoutMs: number;
  /** From the first byte sent to the last byte read, redirects included. */
  timeoutMs: number;
  maxAnswerBytes: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  connectTimeoutMs: 5_000,
  timeoutMs: 20_000,
  maxAnswerBytes: 5_000_000,
};

const PAUSED_RETRY_MS = 10_000;

interface RawAnswer {
  status: number;
  text: string;
  header: (name: string) => string | null;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Makes one JSON call and answers what its schema lets through. Does not retry, does not hold back.
 * Redirects are followed within the same origin, method and body unchanged (A6).
 */
export class JsonClient implements OnApplicationShutdown {
  private readonly agent: Agent;

  constructor(
    private readonly hosts: OutgoingHosts,
    private readonly clock: Clock,
    private readonly limits: HttpLimits = DEFAULT_HTTP_LIMITS,
    /** What is known of those at the other end; `PacedClient` asks them. */
    readonly breakers: Breakers = new Breakers(),
    readonly observer: CallObserver = NOBODY,
    private readonly mayChange: () => boolean = () => true,
  ) {
    this.agent = new Agent({
      connect: vendorConnector(hosts, limits.connectTimeoutMs),
      keepAliveTimeout: 10_000,
      // One deadline covers the whole call instead.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** The time, as all that is written down about calls goes by. */
  now(): Date {
    return this.clock.now();
  }

  /**
   * Reading is always allowed.
   * @throws UpstreamError `not_sent` for a call that could change something, while nothing may be
   */
  assertMaySend({ api, method, route }: JsonRequest<unknown>): void {
    if (method === 'GET' || this.mayChange()) return;
    throw new UpstreamError('unavailable', {
      vendor: api.vendor,
      operation: `${method} ${route}`,
      fate: 'not_sent',
      code: SERVICE_PAUSED,
      retryAfterMs: PAUSED_RETRY_MS,
    });
  }

  /** @throws UpstreamError for all that can go wrong. */
  async send<T>(request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    this.assertMaySend(request);
    const operation = `${request.method} ${request.route}`;
    assertOutsideTransaction(operation);
    const { vendor } = request.api;
    const facts = { vendor, 'http.request.method': request.method, 'http.route': request.route };
    return inSpan(`${vendor} ${operation}`, { kind: 'client', facts }, (span) =>
      observed(this.observer, { vendor, operation }, async () => {
        const answer = await this.carryOut(request);
        span.setAttribute('http.response.status_code', answer.status);
        return answer;
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }

  private async carryOut<T>(request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    const answer = await this.exchange(request);
    const body = parsed(answer.text, request.api.parse);
    if (answer.status < 200 || answer.status > 299) throw this.refusalOf(request, answer, body);
    const read = request.schema.safeParse(body);
    if (!read.success) {
      throw upstreamError(request, { failure: 'malformed', fate: 'unknown' }, { status: answer.status });
    }
    return { status: answer.status, data: read.data, link: answer.header('link'), date: dateOf(answer) };
  }

  private async exchange(request: JsonRequest<unknown>): Promise<RawAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? this.limits.timeoutMs);
    try {
      let url = urlOf(request);
      this.hosts.check(url);
      for (let redirects = 0; ; redirects++) {
        const answer = await this.call(url, request, deadline);
        const target = redirects < MAX_REDIRECTS ? redirectOf(answer, url) : null;
        if (target === null) return answer;
        url = target;
      }
    } catch (error) {
      throw upstreamError(request, failureOfError(error, deadline.aborted));
    }
  }

  private async call(url: URL, request: JsonRequest<unknown>, signal: AbortSignal): Promise<RawAnswer> {
    const { statusCode, headers, body } = await send(url, {
      dispatcher: this.dispatcherFor(request),
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'lever-victig',
        ...(request.body && !isForm(request.body) && { 'content-type': 'application/json' }),
        ...(request.form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...request.headers,
      },
      body: bodyOf(request),
      signal,
    });
    const header = (name: string): string | null => {
      const value = headers[name];
      return value === undefined ? null : [value].flat().join(', ');
    };
    try {
      return { status: statusCode, header, text: await readText(body, this.limits.maxAnswerBytes) };
    } catch (error) {
      // A refusal stands, also where its explanation cannot be read.
      if (statusCode >= 400) return { status: statusCode, header, text: '' };
      throw error;
    }
  }

  private dispatcherFor({ notAfter }: JsonRequest<unknown>): Dispatcher {
    if (notAfter === undefined) return this.agent;
    return this.agent.compose(unlessTooLate(() => this.clock.now() > notAfter));
  }

  private refusalOf(request: JsonRequest<unknown>, answer: RawAnswer, body: unknown): UpstreamError {
    const waitMs = retryAfterMs(answer.header('retry-after'), this.clock.now());
    const isSentOn = REDIRECTS.has(answer.status) && answer.header('location') !== null;
    return upstreamError(request, failureOfStatus(answer.status), {
      ...request.api.faultOf(body),
      ...(isSentOn && { code: SENT_ELSEWHERE }),
      status: answer.status,
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    });
  }
}

/** A form brings its own content type, with the boundary in it. */
const isForm = (body: object): body is FormData => body instanceof FormData;

function dateOf({ header }: RawAnswer): Date | null {
  const date = new Date(header('date') ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

function urlOf({ api, route, params, query }: JsonRequest<unknown>): URL {
  const url = new URL(api.baseUrl + fillRoute(route, params ?? {}));
  if (query !== undefined) url.search = query;
  return url;
}

function bodyOf({ body, form }: JsonRequest<unknown>): string | FormData | null {
  if (form !== undefined) return new URLSearchParams(form).toString();
  if (body !== undefined && isForm(body)) return body;
  return body === undefined ? null : JSON.stringify(body);
}

/** Where an answer sends us on to; null when it does not, or to another origin. */
function redirectOf(answer: RawAnswer, from: URL): URL | null {
  const location = answer.header('location');
  if (!REDIRECTS.has(answer.status) || location === null) return null;
  const target = URL.parse(location, from.href);
  return target?.origin === from.origin ? target : null;
}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string, parse: VendorApi['parse'] = (json) => JSON.parse(json)): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function upstreamError(
  request: JsonRequest<unknown>,
  { failure, fate, code }: CallFailure,
  details: Partial<UpstreamErrorDetails> = {},
): UpstreamError {
  const operation = `${request.method} ${request.route}`;
  return new UpstreamError(failure, {
    vendor: request.api.vendor,
    operation,
    fate,
    ...(code !== undefined && { code }),
    ...details,
  });
}
