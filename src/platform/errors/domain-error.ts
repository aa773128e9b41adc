/** Kinds of refusal, in the words of the domain; only the filter knows their HTTP statuses. */
export const DOMAIN_ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'stale',
  'precondition_missing',
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

/** A request that is refused for a reason its sender can understand. Its texts hold no personal data. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code stable, for programs, e.g. `installation_not_found`
   * @param message one sentence for people
   */
  constructor(
    readonly kind: DomainErrorKind,
    readonly code: string,
    message: string,
    readonly faults: readonly Fault[] = [],
    /** After how many whole seconds it is worth trying again; null: nobody knows. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}
