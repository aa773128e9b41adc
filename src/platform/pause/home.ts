import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import { ServiceDataSource } from '../database/service-data-source.js';

/** What of a database's whereabouts a copy cannot bring along; null where the database does not tell. */
export interface Home {
  /** Made when the cluster was: another server. */
  cluster: string | null;
  /** Another database of the same server. */
  database: string | null;
  /** Another table of the same name: a dump that was restored over what was there. */
  table: string | null;
  /** Counts recoveries that ended: a restore to a point in time, or a standby that took over. */
  timeline: string | null;
  /** Of the embedded database: another folder. */
  folder: string | null;
}

export const PARTS_OF_HOME = ['cluster', 'database', 'table', 'timeline', 'folder'] as const;
export type PartOfHome = (typeof PARTS_OF_HOME)[number];

/** In which parts two homes differ that both tell of. */
export const differences = (before: Partial<Home>, now: Home): PartOfHome[] =>
  PARTS_OF_HOME.filter((part) => {
    const [was, is] = [before[part] ?? null, now[part]];
    return was !== null && is !== null && was !== is;
  });

/**
 * Where the database lives that was connected to.
 * @param ignoreTimeline a standby that takes over is known to lose nothing
 */
export async function homeOf(database: DataSource, ignoreTimeline: boolean): Promise<Home> {
  const place = database instanceof ServiceDataSource ? database.place : null;
  const [ids] = await database.query<{ database: string; table: string }[]>(
    `SELECT (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
       'service_home'::regclass::oid::text AS table`,
  );
  const isServer = place?.kind === 'server';
  return {
    cluster: await unlessRefused(
      database,
      'SELECT system_identifier::text AS value FROM pg_control_system()',
    ),
    database: ids?.database ?? null,
    table: ids?.table ?? null,
    timeline:
      isServer && !ignoreTimeline
        ? await unlessRefused(database, `SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS value`)
        : null,
    folder: place?.kind === 'embedded' && place.dataDir !== null ? folderOf(place.dataDir) : null,
  };
}

/** Some who rent out databases let nobody look. */
async function unlessRefused(database: DataSource, question: string): Promise<string | null> {
  try {
    const [row] = await database.query<{ value: string }[]>(question);
    return row?.value ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === '42501' || error.code === '0A000')) {
      return null;
    }
    throw error;
  }
}

/** A file that is written once: of a copy of it at least the time of its birth is another. */
function folderOf(dataDir: string): string | null {
  const { ino, birthtimeNs } = statSync(join(resolve(dataDir), 'postgres', 'PG_VERSION'), { bigint: true });
  return birthtimeNs > 0n ? `${ino}-${birthtimeNs}` : null;
}
