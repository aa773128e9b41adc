import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

const ID = /^[\w-]{1,100}$/;

/**
 * Runs work that one request or one job caused; what it records names the cause, so that a change and the lines of
 * the log about it find one another (A1).
 * @param id an id of ours; one that is not plain is not repeated
 */
export const withCause = <T>(kind: 'request' | 'job', id: string, work: () => T): T =>
  storage.run(`${kind}:${ID.test(id) ? id : 'unnamed'}`, work);

/** `request:<id>` or `job:<id>`; null for what nobody asked for, such as the start of the service. */
export const currentCause = (): string | null => storage.getStore() ?? null;
