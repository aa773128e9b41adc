import { inject, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { onServer } from '../support/test-database.js';

const template = inject('databaseTemplate');

describe.runIf(template.kind === 'server')('many replicas on one PostgreSQL', () => {
  it('bring the schema up to date once when they all start at the same time (F5)', async () => {
    if (template.kind !== 'server') return;
    const name = `lv_replicas_${process.pid}_${Date.now()}`;
    await onServer(template.url, `CREATE DATABASE ${name}`);
    const url = new URL(template.url);
    url.pathname = `/${name}`;
    const opened = await Promise.all(
      Array.from({ length: 5 }, () =>
        ServiceDataSource.open(
          { kind: 'server', url: url.href, poolSize: 2 },
          { entities: [], migrations: MIGRATIONS },
        ),
      ),
    );
    const ran = await opened[0]?.query<unknown[]>('SELECT 1 FROM migrations');
    expect(ran).toHaveLength(MIGRATIONS.length);
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    await onServer(template.url, `DROP DATABASE ${name}`);
  });
});
