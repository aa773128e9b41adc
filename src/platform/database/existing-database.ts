import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import type { DatabasePlace } from './service-data-source.js';

/** A command was to work on a database that is not there. Its message is meant for a terminal. */
export class NoDatabaseThere extends Error {
  override readonly name = 'NoDatabaseThere';

  constructor(readonly dataDir: string) {
    super(
      `There is no embedded database in ${dataDir}, and DATABASE_URL is not set: set it, or DATA_DIR to the folder of the database.`,
    );
  }
}

export const holdsDatabase = (dataDir: string): boolean =>
  existsSync(join(dataDir, 'postgres', 'PG_VERSION'));

/** @throws NoDatabaseThere where an embedded database would be made */
export function assertThere(place: DatabasePlace): void {
  if (place.kind !== 'embedded' || place.dataDir === null) return;
  const dataDir = resolve(place.dataDir);
  if (!holdsDatabase(dataDir)) throw new NoDatabaseThere(dataDir);
}

/** For people: never who connects, nor with what. */
export function describePlace(place: DatabasePlace): string {
  if (place.kind === 'embedded') {
    return `the embedded database in ${place.dataDir === null ? 'memory' : resolve(place.dataDir)}`;
  }
  const { host, port, database } = new Client({ connectionString: place.url });
  return `${database} on the PostgreSQL at ${host}:${port}`;
}
