import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { KeepStuckTags1763906000000 } from '../../src/platform/database/migrations/1763906000000-keep-stuck-tags.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';

interface OldOrder {
  opportunityId?: string;
  createdAt?: string;
  warnings?: { code: string; details: string[] }[];
}

describe('orders from before an upgrade', () => {
  let database: ServiceDataSource;
  const installationId = randomUUID();

  beforeEach(async () => {
    database = await ServiceDataSource.open(
      { kind: 'embedded', dataDir: null },
      { entities: [], migrations: MIGRATIONS },
    );
  });
  afterEach(() => database.destroy());

  /** As it was before one of the migrations. */
  const before = async (migration: (typeof MIGRATIONS)[number]): Promise<void> => {
    const since = MIGRATIONS.length - MIGRATIONS.indexOf(migration);
    for (let n = 0; n < since; n++) await database.undoLastMigration();
    await database.query(
      `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
       VALUES ($1, 'active', 1, now(), now())`,
      [installationId],
    );
    await database.query(
      `INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
       VALUES ($1, 1, '{}', 'test', now())`,
      [installationId],
    );
  };

  const insert = async (order: OldOrder): Promise<string> => {
    const id = randomUUID();
    await database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, status, sequence, settings_version, triggered_at,
         report_warnings, created_at, updated_at)
       VALUES ($1, $2, $3, 'complete', 1, 1, now(), $4, $5, now())`,
      [
        installationId,
        id,
        order.opportunityId ?? randomUUID(),
        JSON.stringify(order.warnings ?? []),
        order.createdAt ?? '2026-11-26T08:00:00Z',
      ],
    );
    return id;
  };

  const read = async (column: string, id: string): Promise<unknown> => {
    const [row] = await database.query<{ found: unknown }[]>(
      `SELECT ${column} AS found FROM orders WHERE id = $1`,
      [id],
    );
    return row?.found;
  };

  it('keep the tags that Lever did not let go, which only a warning knew (A3, R4)', async () => {
    await before(KeepStuckTags1763906000000);
    const details = ['Flag: True', 'Background Check Status: Pending'];
    const stuck = await insert({
      warnings: [
        { code: 'tag_not_added', details: ['Flag: False'] },
        { code: 'tag_not_removed', details },
      ],
    });
    const others = [
      await insert({}),
      await insert({ warnings: [{ code: 'tag_not_added', details: ['Flag: False'] }] }),
    ];
    await database.runMigrations();
    expect(await read('stuck_tags', stuck)).toEqual(details);
    for (const other of others) expect(await read('stuck_tags', other)).toEqual([]);
  });
});
