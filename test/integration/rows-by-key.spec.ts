import { randomUUID } from 'node:crypto';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { EntityColumns } from '../../src/platform/database/entity-columns.js';
import { RowsByKey } from '../../src/platform/database/rows-by-key.js';
import { CountingQueries } from '../support/counting-queries.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

@Entity('pebbles')
class Pebble {
  @PrimaryColumn('uuid', { name: 'beach_id' })
  beachId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  colour: string;

  @Column('timestamptz', { name: 'found_at' })
  foundAt: Date;

  @Column('jsonb', { nullable: true })
  facts: { weights: number[] } | null;

  @Column('text', { array: true })
  names: string[];

  @Column('bytea', { nullable: true, select: false })
  secret: Buffer | null;
}

describe('rows that are asked for at the same time', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let queries: CountingQueries;
  let byId: RowsByKey<Pebble>;
  let latest: RowsByKey<Pebble>;
  const beachId = randomUUID();
  const pebbles: Pebble[] = Array.from({ length: 120 }, (_, n) => ({
    beachId,
    id: randomUUID(),
    colour: `colour ${n % 3}`,
    foundAt: new Date(Date.UTC(2026, 10, 26, 0, n)),
    facts: n % 2 === 0 ? { weights: [n, n + 1] } : null,
    names: [`"pebble", ${n}`, ''],
    secret: Buffer.from([n]),
  }));
  const shown = (pebble: Pebble): Partial<Pebble> => {
    const rest: Partial<Pebble> = Object.assign({}, pebble);
    delete rest.secret;
    return rest;
  };

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database, [Pebble]);
    await dataSource.query(
      `CREATE TABLE pebbles (beach_id uuid, id uuid, colour text, found_at timestamptz, facts jsonb, names text[],
                             secret bytea, PRIMARY KEY (beach_id, id))`,
    );
    const columns = new EntityColumns(dataSource, Pebble);
    for (const pebble of pebbles) {
      const { names, values } = columns.valuesOf(pebble);
      const places = values.map((_, at) => `$${at + 1}`);
      await dataSource.query(`INSERT INTO pebbles (${names.join(', ')}) VALUES (${places.join(', ')})`, [
        ...values,
      ]);
    }
  });
  beforeEach(() => {
    byId = new RowsByKey(dataSource, Pebble, ['beachId', 'id']);
    latest = new RowsByKey(dataSource, Pebble, ['colour'], 'found_at DESC, id DESC');
    queries = new CountingQueries(dataSource);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('are what was written, as TypeORM reads it, each for whoever asked for it', async () => {
    const found = await Promise.all(pebbles.map(({ id }) => byId.find(beachId, id)));
    expect(found).toEqual(pebbles.map(shown));
    const read = await dataSource.manager.find(Pebble, { order: { foundAt: 'ASC' } });
    expect(found).toEqual(read.map((pebble): object => Object.assign({}, pebble)));
  });

  it('share statements: 120 of them come by 3', async () => {
    await Promise.all(pebbles.map(({ id }) => byId.find(beachId, id)));
    expect(queries.countOf(/FROM pebbles/)).toBe(3);
  });

  it('come alone by one statement, and are null where there are none', async () => {
    const stranger = randomUUID();
    expect(await byId.find(stranger, pebbles[0]?.id ?? '')).toBeNull();
    expect(queries.countOf(/FROM pebbles/)).toBe(1);
    const [first] = pebbles as [Pebble];
    const asked = [byId.find(beachId, stranger), byId.find(beachId, first.id), byId.find(beachId, first.id)];
    expect(await Promise.all(asked)).toEqual([null, shown(first), shown(first)]);
  });

  it('are read after they are asked for, whatever is on its way', async () => {
    const [first] = pebbles as [Pebble];
    const before = byId.find(beachId, first.id);
    await dataSource.query(`UPDATE pebbles SET colour = 'another' WHERE id = $1`, [first.id]);
    const after = await byId.find(beachId, first.id);
    await before;
    expect(after?.colour).toBe('another');
    await dataSource.query('UPDATE pebbles SET colour = $2 WHERE id = $1', [first.id, first.colour]);
  });

  it('are the latest of a key, where it has several', async () => {
    const found = await Promise.all([0, 1, 2, 3].map((n) => latest.find(`colour ${n}`)));
    expect(found.map((row) => row?.id ?? null)).toEqual([
      ...[117, 118, 119].map((n) => pebbles[n]?.id),
      null,
    ]);
  });

  it('are not kept from others by a key that cannot be one', async () => {
    const [first] = pebbles as [Pebble];
    const [bad, good] = await Promise.allSettled([byId.find(beachId, 'no id'), byId.find(beachId, first.id)]);
    expect(bad).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('uuid') as string },
    });
    expect(good).toEqual({ status: 'fulfilled', value: shown(first) });
  });

  it('are written with the names of the entity alone', () => {
    const columns = new EntityColumns(dataSource, Pebble);
    expect(columns.valuesOf({ foundAt: undefined as unknown as Date, facts: null, colour: 'red' })).toEqual({
      names: ['facts', 'colour'],
      values: [null, 'red'],
    });
    expect(() => columns.valuesOf({ weight: 3, colour: 'red' } as Partial<Pebble>)).toThrow(
      'pebbles has no weight',
    );
  });
});
