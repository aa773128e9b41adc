import { DomainError } from '../errors/domain-error.js';

const RETRY_AFTER_SECONDS = 5;

export const databaseUnavailable = (): DomainError =>
  new DomainError(
    'unavailable',
    'database_unavailable',
    'The database does not answer, or takes no writes: try again.',
    {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
  );

/**
 * The result of the work, if it is there in time. Work that is late goes on, and what becomes of it nobody hears.
 * @throws DomainError `database_unavailable`, and what the work throws
 */
export async function inTime<T>(work: Promise<T>, patienceMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const alarm = setTimeout(() => reject(databaseUnavailable()), patienceMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(alarm);
  }
}
