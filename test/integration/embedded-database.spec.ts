import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DataDirInUse } from '../../src/platform/database/data-dir-lock.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';

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

  it('refuses a folder that is in use, with a sentence that says what to do', async () => {
    const dataDir = newFolder();
    const first = await ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    const second = ServiceDataSource.open({ kind: 'embedded', dataDir }, parts);
    await expect(second).rejects.toThrow(DataDirInUse);
    await expect(second).rejects.toThrow(/in use by another process.*another DATA_DIR/);
    await first.destroy();
  });
});
