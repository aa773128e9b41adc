import type { ProblemCode } from './problem-codes.js';

/** Kinds of refusal, in the words of the domain; only the filter knows their HTTP statuses. */
const DOMAIN_ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'stale',
  'precondition_missing',
  'unprocessable',
  'throttled',
  'unavailable',
] as const;
export type DomainErrorKind = (typeof DOMAIN_ERROR_KINDS)[number];

/** One thing that is wrong with a request. */
export interface Fault {
  /** Where, as a dotted path into the body, e.g. `settings.productPrefix`. */
  path: string;
  message: string;
}

/** What a refusal may say besides. */
export interface Refinement {
  /** The statuses of an order that would have allowed it. */
  allowedStatuses?: readonly string[];
  /** After how many seconds asking again makes sense. */
  retryAfterSeconds?: number;
}

const isFaults = (more: readonly Fault[] | Refinement): more is readonly Fault[] => Array.isArray(more);

/** A request that is refused for a reason its sender can understand. Its texts hold no personal data. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  readonly faults: readonly Fault[];
  readonly more: Refinement;

  /**
   * @param code stable, for programs, e.g. `installation_not_found`
   * @param message one sentence for people
   * @param more all that is wrong, or what would have been allowed
   */
  constructor(
    readonly kind: DomainErrorKind,
    readonly code: ProblemCode,
    message: string,
    more: readonly Fault[] | Refinement = [],
  ) {
    super(message);
    this.faults = isFaults(more) ? more : [];
    this.more = isFaults(more) ? {} : more;
  }
}
