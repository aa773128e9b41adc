import { QueryFailedError } from 'typeorm';

/**
 * SQLSTATE: no connection, none for this role or to this database, no room left, an operator's or the system's doing, no
 * writes at the moment.
 */
const AWAY = /^(?:08|28|3D|53|57P|58|25006$)/;

/**
 * Of the way to it, said by the system. Nothing else that is called from here answers so: of vendors an `UpstreamError` tells.
 * Who asked and hung up is told by `ECONNRESET`, too, but not by the system.
 */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` says, without a code, of a connection that it lost or did not get. */
const LOST =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client (?:was closed|has encountered) )/;

/** Whether work failed because the database is away, or takes no writes, and not for anything of its own. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof QueryFailedError) return isDatabaseAway(error.driverError);
  if (!(error instanceof Error)) return false;
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return UNREACHABLE.has(code);
  return AWAY.test(code) || LOST.test(error.message);
}
