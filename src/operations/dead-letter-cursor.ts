import { DomainError } from '../platform/errors/domain-error.js';
import type { DeadLetterPlace } from '../platform/jobs/dead-letters.js';

const PLACE = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/;

/** Names a place in the list by what is there and not by its number, so that it stays valid under writes (P2). */
export const cursorOf = ({ at, id }: DeadLetterPlace): string =>
  Buffer.from(`${at} ${id}`).toString('base64url');

/** @throws DomainError when the cursor is none of ours */
export function placeOf(cursor: string | undefined): DeadLetterPlace | undefined {
  if (cursor === undefined) return undefined;
  const [, at, id] = PLACE.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (at === undefined || id === undefined || !isOfCalendar(at)) {
    throw new DomainError('invalid', 'invalid_request', 'The cursor is not one of this list.');
  }
  return { at, id };
}

/** `Date` takes 30 February for 2 March; PostgreSQL does not take it at all. */
function isOfCalendar(at: string): boolean {
  const read = new Date(at);
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 19) === at.slice(0, 19);
}
