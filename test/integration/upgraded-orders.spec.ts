import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { KeepStuckTags1763907000000 } from '../../src/platform/database/migrations/1763907000000-keep-stuck-tags.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';

/** The first migration that is looked at, and those since. */
const SINCE_THEN = MIGRATIONS.length - MIGRATIONS.indexOf(KeepStuckTags1763907000000);

const PENDING = 'Background Check Status: Pending';
const COMPLETE = 'Background Check Status: Complete';

interface OldOrder {
  opportunityId: string;
  status: string;
  createdAt: string;
  updatedAt: string;
  isErased: boolean;
  isPlaced: boolean;
  listedAs: string | null;
  shownTags: string[];
  warnings: { code: string; details: string[] }[];
  tagsSet: object[];
}

const oldOrder = (known: Partial<OldOrder>): OldOrder & { id: string } => ({
  id: randomUUID(),
  opportunityId: randomUUID(),
  status: 'complete',
  createdAt: '2026-11-26T08:00:00Z',
  updatedAt: '2026-11-26T09:00:00Z',
  isErased: false,
  isPlaced: true,
  listedAs: null,
  shownTags: [],
  warnings: [],
  tagsSet: [],
  ...known,
});

const stuck = (...details: string[]) => ({ code: 'tag_not_removed', details });
const notAdded = { code: 'tag_not_added', details: ['Flag: False'] };

describe('orders from before an upgrade', () => {
  const installationId = randomUUID();
  const inserted: ReturnType<typeof oldOrder>[] = [];
  let database: ServiceDataSource;

  /** To be called while tests are declared: all are there before the upgrade. */
  const from = (known: Partial<OldOrder>): string => {
    const order = oldOrder(known);
    inserted.push(order);
    return order.id;
  };

  const insert = async (order: ReturnType<typeof oldOrder>): Promise<void> => {
    await database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, status, sequence, settings_version, triggered_at,
         created_at, updated_at, erased_at, provider_order_guid, listed_as, shown_tags, report_warnings)
       VALUES ($1, $2::uuid, $3, $10, 1, 1, now(), $4, $11, CASE WHEN $5 THEN now() END,
         CASE WHEN $6 THEN $2::text END, $7, $8, $9)`,
      [
        installationId,
        order.id,
        order.opportunityId,
        order.createdAt,
        order.isErased,
        order.isPlaced,
        order.listedAs,
        order.shownTags,
        JSON.stringify(order.warnings),
        order.status,
        order.updatedAt,
      ],
    );
    for (const [index, tags] of order.tagsSet.entries()) {
      await database.query(
        `INSERT INTO order_events (installation_id, order_id, sequence, at, kind, data)
         VALUES ($1, $2, $3, now(), 'tags_set', $4)`,
        [installationId, order.id, index + 1, JSON.stringify(tags)],
      );
    }
  };

  beforeAll(async () => {
    database = await ServiceDataSource.open(
      { kind: 'embedded', dataDir: null },
      { entities: [], migrations: MIGRATIONS },
    );
    for (let n = 0; n < SINCE_THEN; n++) await database.undoLastMigration();
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
    for (const order of inserted) await insert(order);
    await database.runMigrations();
  });
  afterAll(() => database.destroy());

  const read = async (column: string, id: string): Promise<unknown> => {
    const [row] = await database.query<{ found: unknown }[]>(
      `SELECT ${column} AS found FROM orders WHERE id = $1`,
      [id],
    );
    return row?.found;
  };
  const eventsOf = async (id: string): Promise<unknown[]> => {
    const rows = await database.query<{ data: unknown }[]>(
      'SELECT data FROM order_events WHERE order_id = $1 ORDER BY sequence',
      [id],
    );
    return rows.map(({ data }) => data);
  };

  describe('keep the tags that Lever did not let go, which only a warning knew', () => {
    const warned = from({ warnings: [notAdded, stuck('Flag: True', PENDING)] });
    const others = [from({}), from({ warnings: [notAdded] })];

    it('and no others (A3, R4)', async () => {
      expect(await read('stuck_tags', warned)).toEqual(['Flag: True', PENDING]);
      for (const other of others) expect(await read('stuck_tags', other)).toEqual([]);
    });
  });

  describe('are asked for as often as before', () => {
    const open = from({ status: 'pending', updatedAt: '2026-11-26T08:30:00Z' });

    it('for what counts as their news is when they last changed (V3)', async () => {
      expect(await read('news_at', open)).toEqual(new Date('2026-11-26T08:30:00Z'));
    });
  });

  describe('no longer tell of a result that was erased, by what a list said of them,', () => {
    const listedAs = 'complete|true|1764144000';
    const erased = from({ isErased: true, listedAs });
    const kept = from({ listedAs });

    it('and keep what it said of others (A3)', async () => {
      expect(await read('listed_as', erased)).toBeNull();
      expect(await read('listed_as', kept)).toBe(listedAs);
    });
  });

  describe('no longer tell of a result that was erased, by tags that a later order has for good,', () => {
    const [opportunityId, another] = [randomUUID(), randomUUID()];
    const later = '2026-11-26T09:00:00Z';
    const shownTags = ['Flag: True'];
    const erased = from({ opportunityId, isErased: true, shownTags });
    const kept = [
      from({ opportunityId, createdAt: later, shownTags }),
      from({ opportunityId: another, isErased: true, shownTags }),
      from({ opportunityId: another, createdAt: later, isPlaced: false, shownTags }),
    ];

    it('and keep those that may be theirs (A3)', async () => {
      expect(await read('shown_tags', erased)).toEqual([]);
      for (const id of kept) expect(await read('shown_tags', id)).toEqual(shownTags);
    });
  });

  describe('no longer name the tags of the order before that they took away', () => {
    const opportunityId = randomUUID();
    const tagsSet = [
      { added: [PENDING], removed: [COMPLETE, 'Flag: True'], notAdded: [], notRemoved: ['Decision: X'] },
      { added: [COMPLETE, 'Flag: False'], removed: [PENDING], notAdded: [], notRemoved: ['Decision: X'] },
    ];
    const warnings = [notAdded, stuck('Decision: X', PENDING)];
    const first = from({ opportunityId, tagsSet, warnings });
    const second = from({ opportunityId, createdAt: '2026-11-26T09:00:00Z', tagsSet, warnings });
    // Events from before it was kept what failed, and of an order that was erased.
    const bare = [{ added: [PENDING], removed: ['Flag: True'] }, {}];
    const third = from({ opportunityId, createdAt: '2026-11-26T10:00:00Z', tagsSet: bare });

    it('and name their own (A3)', async () => {
      expect(await eventsOf(first)).toEqual(tagsSet);
      expect(await read('report_warnings', first)).toEqual(warnings);
      expect(await eventsOf(second)).toEqual([
        { ...tagsSet[0], removed: ['…', '…'], notRemoved: ['…'] },
        { ...tagsSet[1], notRemoved: ['…'] },
      ]);
      expect(await read('report_warnings', second)).toEqual([notAdded, stuck('…', PENDING)]);
      expect(await eventsOf(third)).toEqual([{ added: [PENDING], removed: ['…'] }, {}]);
    });
  });
});
