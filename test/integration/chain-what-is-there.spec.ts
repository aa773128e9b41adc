import { expect, it } from 'vitest';
import { digestOf, linkOf, NO_HASH } from '../../src/audit/audit-hash.js';
import { AuditChains, dataOf } from '../../src/audit/audit-chains.js';
import { MIGRATIONS } from '../../src/platform/database/database.module.js';
import { ChainAuditAndEraseOrders1763885000000 } from '../../src/platform/database/migrations/1763885000000-chain-audit-and-erase-orders.js';
import { ServiceDataSource } from '../../src/platform/database/service-data-source.js';

/** The one that makes the chain, and those since. */
const SINCE_THEN = MIGRATIONS.length - MIGRATIONS.indexOf(ChainAuditAndEraseOrders1763885000000);

it('chains entries that were written before there was a chain (A2)', async () => {
  const database = await ServiceDataSource.open(
    { kind: 'embedded', dataDir: null },
    { entities: [], migrations: MIGRATIONS },
  );
  try {
    for (let n = 0; n < SINCE_THEN; n++) await database.undoLastMigration();
    await database.query(
      `INSERT INTO audit_entries (installation_id, id, at, actor, action, opportunity_id, data)
       SELECT ('00000000-0000-0000-0000-00000000000' || n % 2)::uuid, gen_random_uuid(),
              '2026-11-23T00:00:00Z'::timestamptz - n * interval '1 second', 'job:test', 'order.moved', 'é',
              jsonb_build_object('n', n, 'a', '"ß"')
       FROM generate_series(1, 2001) AS n`,
    );
    await database.runMigrations();
    const chains = new AuditChains(database);
    const lengths: number[] = [];
    for await (const chain of chains.all()) {
      let hash: Buffer = NO_HASH;
      let seq = 0n;
      for await (const { entry } of chains.places(chain)) {
        seq += 1n;
        hash = linkOf(hash, seq, digestOf({ ...entry, data: dataOf(entry) }));
        expect(entry).toMatchObject({ seq, hash });
      }
      expect((await chains.end(chain, null)).head).toMatchObject({ seq, hash });
      lengths.push(Number(seq));
    }
    expect(lengths).toEqual([1_000, 1_001]);
    await expect(database.query('DELETE FROM audit_entries')).rejects.toThrow('refuses DELETE');
  } finally {
    await database.destroy();
  }
});
