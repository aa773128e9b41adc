import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { DataDirUnusable } from './data-dir.js';

/** Another process uses the data folder. Its message is meant for a terminal. */
export class DataDirInUse extends Error {
  override readonly name = 'DataDirInUse';

  constructor(readonly dataDir: string) {
    super(
      `The data folder ${dataDir} is in use by another process of this service. Stop that one, give this one another DATA_DIR, or set DATABASE_URL to share a PostgreSQL.`,
    );
  }
}

/**
 * Takes the data folder for this process alone until `release` is called or the process ends, however it ends.
 * The lock is an operating system's file lock, taken through SQLite, since Node has none of its own: unlike a
 * file with a process id it needs no clean-up after `kill -9` and is not fooled by containers, where every
 * process has the id 1.
 * @throws DataDirInUse
 * @throws DataDirUnusable
 */
export function lockDataDir(dataDir: string): { release: () => void } {
  const lock = openLock(dataDir);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new DataDirInUse(dataDir) : new DataDirUnusable(dataDir, error);
  }
  return { release: () => lock.close() };
}

function openLock(dataDir: string): DatabaseSync {
  try {
    return new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
  } catch (error) {
    throw new DataDirUnusable(dataDir, error);
  }
}

/** `SQLITE_BUSY`, whose kinds differ in higher bytes. */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
