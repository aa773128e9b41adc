import { ConfigError } from './platform/config/app-config.js';
import { DataDirInUse } from './platform/database/data-dir-lock.js';
import { DataDirMoved } from './platform/database/moved-data-dir.js';

/** Their messages are whole sentences. */
const EXPLAINED = [ConfigError, DataDirInUse, DataDirMoved];

/**
 * Runs a command of the terminal. It ends with the code that the work answers, or with 2 when it could not be done.
 * @param whatFailed says so, before the reason
 */
export async function runCommand(whatFailed: string, work: () => Promise<0 | 1>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const isExplained = EXPLAINED.some((kind) => error instanceof kind);
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${isExplained ? reason : `${whatFailed}: ${reason}`}\n`);
    process.exitCode = 2;
  }
}
