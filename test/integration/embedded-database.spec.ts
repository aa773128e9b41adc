import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DataDirInUse } from '../../src/platform/database/data-dir-lock.js';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { EmbeddedUpkeep } from '../../src/platform/database/embedded-upkeep.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { eventually } from '../support/eventually.js';

const parts = { entities: [], migrations: [] };

describe('the embedded database', () => {
  const folders: string[] = [];
  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'embedded-spec-'));
    folders.push(folder);
    return folder;
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('keeps what was committed when it is closed and opened again', async () => {
    const dataDir = newFolder();
    const first = await ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    await first.query('CREATE TABLE kept (word text)');
    await first.query(`INSERT INTO kept VALUES ('here')`);
    await first.destroy();

    const second = await ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    expect(await second.query('SELECT word FROM kept')).toEqual([{ word: 'here' }]);
    await second.destroy();
  });

  it('is tidied up as autovacuum would, while others use it', async () => {
    const dataSource = await ServiceDataSource.open(
      { kind: 'embedded', dataDir: null },
      { entities: [], migrations: MIGRATIONS },
    );
    await dataSource.query('CREATE TABLE changing (number int PRIMARY KEY, times int)');
    await dataSource.query('INSERT INTO changing SELECT number, 0 FROM generate_series(1, 2000) AS number');
    await dataSource.query('UPDATE changing SET number = -number, times = times + 1');
    const state = async (): Promise<unknown> => {
      // Counted now and then only, unless it is asked for.
      await dataSource.query('SELECT pg_stat_force_next_flush()');
      const [row] = await dataSource.query<unknown[]>(
        `SELECT n_dead_tup::int AS dead, reltuples::int AS planned_for FROM pg_stat_user_tables JOIN pg_class ON oid = relid
         WHERE pg_class.relname = 'changing'`,
      );
      return row;
    };
    expect(await state()).toEqual({ dead: 2_000, planned_for: -1 });

    const upkeep = new EmbeddedUpkeep(dataSource);
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    upkeep.onApplicationBootstrap();
    new EmbeddedUpkeep({} as DataSource).onApplicationBootstrap();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5 * 60_000);
    vi.useRealTimers();
    await eventually(async () => expect(await state()).toEqual({ dead: 0, planned_for: 2_000 }));
    await upkeep.beforeApplicationShutdown();

    await dataSource.query('UPDATE changing SET number = -number, times = times + 1');
    expect(await state()).toEqual({ dead: 2_000, planned_for: 2_000 });
    const [, counted] = await Promise.all([
      new EmbeddedUpkeep(dataSource).tidy(),
      dataSource.query<{ sum: number }[]>('SELECT sum(times)::int AS sum FROM changing'),
    ]);
    expect(counted).toEqual([{ sum: 4_000 }]);
    expect(await state()).toEqual({ dead: 0, planned_for: 2_000 });
    await dataSource.destroy();
  });

  it('refuses a folder that is in use, with a sentence that says what to do', async () => {
    const dataDir = newFolder();
    const first = await ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    const second = ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    await expect(second).rejects.toThrow(DataDirInUse);
    await expect(second).rejects.toThrow(/in use by another process.*another DATA_DIR/);
    await first.destroy();
  });
});
