import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the database and not in it, so that it is there before the database is opened. */
const MARK = 'MOVED_TO_POSTGRES';

/** The installation in this folder lives on elsewhere. Its message is meant for a terminal. */
export class DataDirMoved extends Error {
  override readonly name = 'DataDirMoved';

  constructor(readonly dataDir: string) {
    super(
      `What was in the data folder ${dataDir} was moved to a PostgreSQL: set DATABASE_URL. Started from here a second time it would order everything a second time. To go back to it for good, make sure that nothing runs on that PostgreSQL, remove ${join(dataDir, MARK)}, and run \`npm run service:pause\` on it before it starts, for it does not know what was done since.`,
    );
  }
}

/** From now on nothing starts on the folder. */
export function markAsMoved(dataDir: string, at: Date): void {
  writeFileSync(join(dataDir, MARK), `${at.toISOString()}\n`);
}

/** @throws DataDirMoved */
export function assertNotMoved(dataDir: string): void {
  if (existsSync(join(dataDir, MARK))) throw new DataDirMoved(dataDir);
}
