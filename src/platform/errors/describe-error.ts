import { DomainError } from './domain-error.js';
import { UpstreamError } from './upstream-error.js';

/** What may be written down of an error, wherever it came from. */
export interface DescribedError {
  type: string;
  /** SQLSTATE, `ECONNRESET` and the like, where there is one. */
  code?: string;
  /** Only of errors of ours: what a library says may quote what it was given. */
  message?: string;
  /** Where it happened, without what was said. */
  stack?: string;
  cause?: DescribedError;
}

/** Errors of ours beside those two; their messages hold ids, codes and sentences of our own (A4). */
const OURS: ReadonlySet<string> = new Set([
  'AnswerTooLarge',
  'BreakerOpen',
  'DeliveryMovedOn',
  'HeldBack',
  'IllegalMove',
  'NeverConnected',
  'NotActive',
  'NotCanonical',
  'OrderRaceLost',
  'OutgoingRefused',
  'SealBroken',
  'TooManyWaiting',
  'UnusableId',
  'WaitsForPerson',
]);

const NAME = /^\w{1,60}$/;
const CODE = /^\w{1,60}$/;
const FRAME =
  /^\s+at (?:[\w$.<>[\] #]+ \()?(?:file:|node:|\/|[\w@.-]+\/|[A-Z]:|<anonymous>|native)[^\s()]*\)?$/;
const MOST_FRAMES = 20;
const DEEPEST_CAUSE = 3;

const isOurs = (error: Error): boolean =>
  error instanceof DomainError || error instanceof UpstreamError || OURS.has(error.name);

/** The type, code and place of an error, and its message if it is one of ours. Never what else hangs on it. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : null;
  const frames = (error.stack ?? '')
    .slice(
      error.stack?.startsWith(`${error.name}: ${error.message}`)
        ? `${error.name}: ${error.message}`.length
        : 0,
    )
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, MOST_FRAMES);
  return {
    type: NAME.test(error.name) ? error.name : 'Error',
    ...(code === null ? {} : { code }),
    ...(isOurs(error) ? { message: error.message } : {}),
    ...(frames.length === 0 ? {} : { stack: frames.join('\n') }),
    ...(error.cause instanceof Error && depth < DEEPEST_CAUSE
      ? { cause: describeError(error.cause, depth + 1) }
      : {}),
  };
}

/** The same in a few words, for what is kept beside a job. */
export function reasonOf(error: unknown): string {
  const { type, code, message } = describeError(error);
  return message ?? (code === undefined ? type : `${type} (${code})`);
}
