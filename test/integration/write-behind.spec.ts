import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Write } from '../../src/platform/database/combined-write.js';
import { Transactions, type Transaction } from '../../src/platform/database/transactions.js';
import { CountingQueries } from '../support/counting-queries.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

const insert = (id: number, value: number): Write => ({
  text: 'INSERT INTO things VALUES ($1, $2)',
  values: [id, value],
  row: `things/${id}`,
});
const update = (id: number, value: number): Write => ({
  text: 'UPDATE things SET value = $2 WHERE id = $1',
  values: [id, value],
  row: `things/${id}`,
});
const remove = (id: number): Write => ({
  text: 'DELETE FROM things WHERE id = $1',
  values: [id],
  row: `things/${id}`,
});

describe('writes of a transaction whose answer nobody waits for (ADR 31)', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let transactions: Transactions;
  let queries: CountingQueries;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
    await dataSource.query(
      'CREATE TABLE things (id integer CONSTRAINT things_key PRIMARY KEY, value integer NOT NULL)',
    );
    await dataSource.query('CREATE TABLE parts (thing integer REFERENCES things, name text)');
    await dataSource.query(
      `CREATE FUNCTION note_all(said text) RETURNS void LANGUAGE sql AS
       $$ INSERT INTO parts SELECT id, said FROM things $$`,
    );
    transactions = new Transactions(dataSource);
    queries = new CountingQueries(dataSource);
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });
  beforeEach(async () => {
    await dataSource.query('DELETE FROM parts');
    await dataSource.query('DELETE FROM things');
    queries.countOf(/./);
  });

  type Thing = { id: number; value: number };
  const READ = 'SELECT id, value FROM things ORDER BY id';
  const things = (): Promise<Thing[]> => dataSource.query<Thing[]>(READ);
  const write = (tx: Transaction, ...writes: Write[]): Promise<void> =>
    writes.reduce((before, one) => before.then(() => tx.write(one)), Promise.resolve());

  it('are one statement, where there is nothing else to a transaction', async () => {
    await transactions.run(async (tx) => {
      await write(tx, insert(1, 1), insert(2, 2), {
        text: 'INSERT INTO parts VALUES ($1, $2)',
        values: [2, 'of two'],
      });
      tx.callLast(() => ({ text: 'note_all($1)', values: ['seen'] }));
    });
    expect(queries.countOf(/./)).toBe(1);
    expect(await things()).toHaveLength(2);
    // By then all else was there, the part that was written last among it.
    expect(await dataSource.query('SELECT thing, name FROM parts ORDER BY name, thing')).toEqual([
      { thing: 2, name: 'of two' },
      { thing: 1, name: 'seen' },
      { thing: 2, name: 'seen' },
    ]);
  });

  it('are there for whoever asks afterwards in the same transaction, and for nobody else before it ends', async () => {
    await transactions.run(async (tx) => {
      await write(tx, insert(1, 1), insert(2, 2));
      expect(await tx.manager.query(READ)).toHaveLength(2);
      await write(tx, update(1, 10));
      expect(await tx.manager.query(`${READ} LIMIT 1`)).toEqual([{ id: 1, value: 10 }]);
    });
    expect(await things()).toEqual([
      { id: 1, value: 10 },
      { id: 2, value: 2 },
    ]);
  });

  it('happen all or not at all, whatever fails', async () => {
    const gone = { rows: 1, orElse: () => new Error('gone') };
    const failing: ((tx: Transaction) => Promise<void>)[] = [
      (tx) => write(tx, insert(1, 1), { ...update(9, 9), atLeast: gone }),
      (tx) => write(tx, { ...update(9, 9), atLeast: gone }, insert(1, 1)),
      (tx) => write(tx, insert(1, 1), { text: 'INSERT INTO parts VALUES ($1, $2)', values: [9, 'lost'] }),
      async (tx) => {
        await write(tx, insert(1, 1));
        tx.callLast(() => ({ text: 'note_all(1 / $1::integer)', values: [0] }));
      },
      async (tx) => {
        await write(tx, insert(1, 1));
        await tx.manager.query(READ);
        await write(tx, { ...update(9, 9), atLeast: gone });
      },
      async (tx) => {
        await write(tx, insert(1, 1));
        throw new Error('changed my mind');
      },
    ];
    for (const work of failing) {
      await expect(transactions.run(work)).rejects.toBeInstanceOf(Error);
      expect(await things()).toEqual([]);
    }
  });

  it('tell whoever wrote what found nothing, or came too late, and by which of them', async () => {
    const missing = { ...update(9, 9), atLeast: { rows: 1, orElse: () => new Error('nine is gone') } };
    await expect(transactions.run((tx) => write(tx, insert(1, 1), missing))).rejects.toThrow('nine is gone');
    await dataSource.query('INSERT INTO things VALUES (1, 1)');
    const late = {
      ...insert(1, 2),
      unlessTaken: { constraint: 'things_key', orElse: () => new Error('one is taken') },
    };
    await expect(transactions.run((tx) => write(tx, insert(2, 2), late))).rejects.toThrow('one is taken');
    expect(await things()).toEqual([{ id: 1, value: 1 }]);
  });

  it('call what is to be called when all else is there', async () => {
    await transactions.run(async (tx) => {
      tx.callLast(() => ({ text: 'note_all($1)', values: ['seen'] }));
      await tx.manager.query('INSERT INTO things VALUES (1, 1)');
      await write(tx, insert(2, 2));
      await tx.manager.query(READ);
    });
    expect(await dataSource.query('SELECT thing, name FROM parts ORDER BY thing')).toEqual([
      { thing: 1, name: 'seen' },
      { thing: 2, name: 'seen' },
    ]);
  });

  it('need no connection where nothing is written', async () => {
    expect(await transactions.run(async () => 'nothing')).toBe('nothing');
    expect(queries.countOf(/./)).toBe(0);
  });

  it('leave a connection behind that the next can use, also after a failure', async () => {
    for (let turn = 0; turn < 12; turn++) {
      const work = transactions.run((tx) => write(tx, insert(1, 1), insert(1, 2)));
      await expect(work).rejects.toThrow('duplicate key');
    }
    await transactions.run((tx) => write(tx, insert(1, 1)));
    expect(await things()).toHaveLength(1);
  });

  it('come to the same as one after the other, whatever they are and whatever is read between them', async () => {
    const id = fc.integer({ min: 1, max: 3 });
    const act = fc.oneof(
      fc.record({ kind: fc.constant('insert' as const), id, value: fc.nat(9) }),
      fc.record({ kind: fc.constant('update' as const), id, value: fc.nat(9) }),
      fc.record({ kind: fc.constant('remove' as const), id, value: fc.constant(0) }),
      fc.record({ kind: fc.constant('read' as const), id, value: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        await dataSource.query('DELETE FROM things');
        const model = new Map<number, number>();
        let isTaken = false;
        const work = transactions.run(async (tx) => {
          for (const { kind, id: row, value } of acts) {
            if (kind === 'read') {
              expect(await tx.manager.query(READ)).toEqual(listed(model));
            } else if (kind === 'insert') {
              isTaken ||= model.has(row);
              await tx.write(insert(row, value));
              model.set(row, value);
            } else if (kind === 'update') {
              await tx.write(update(row, value));
              if (model.has(row)) model.set(row, value);
            } else {
              await tx.write(remove(row));
              model.delete(row);
            }
          }
        });
        const outcome = await work.then(
          () => 'done',
          () => 'failed',
        );
        expect(outcome).toBe(isTaken ? 'failed' : 'done');
        expect(await things()).toEqual(isTaken ? [] : listed(model));
      }),
      { numRuns: 150, seed: 31 },
    );
  });
});

const listed = (model: ReadonlyMap<number, number>): { id: number; value: number }[] =>
  [...model].map(([id, value]) => ({ id, value })).toSorted((a, b) => a.id - b.id);
