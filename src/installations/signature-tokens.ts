import { DomainError } from '../platform/errors/domain-error.js';

/** The door tries one after the other: what nobody signed costs as much as there are tokens. */
export const MOST_SIGNATURE_TOKENS = 10;

/** @throws DomainError `too_many_signature_tokens` where there is no room for one more */
export function demandRoomForToken(present: number): void {
  if (present < MOST_SIGNATURE_TOKENS) return;
  throw new DomainError(
    'conflict',
    'too_many_signature_tokens',
    `The installation has ${present} signature tokens, and may have ${MOST_SIGNATURE_TOKENS}: end one that is not in use any more first.`,
  );
}
