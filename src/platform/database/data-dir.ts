import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Nothing can be kept in the data folder. Its message is meant for a terminal. */
export class DataDirUnusable extends Error {
  override readonly name = 'DataDirUnusable';

  constructor(dataDir: string, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    super(
      `The data folder ${dataDir} cannot be used${code}: it is no folder, cannot be made, or may not be written to. Set DATA_DIR to a folder that the service may write to, or DATABASE_URL to use a PostgreSQL.`,
      { cause },
    );
  }
}

/**
 * Makes the data folder if there is none.
 * @param dataDir an absolute path
 * @throws DataDirUnusable
 */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataDirUnusable(dataDir, error);
  }
}

/** One after the other: `recursive` never ends where nothing can be made, such as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw error;
  }
}
