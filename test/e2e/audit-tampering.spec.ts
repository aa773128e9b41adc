import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../sandbox/seeded-random.ts';
import { auditVerifierOn, type Verification } from '../../src/audit/verify-audit.js';
import { readConfig } from '../../src/platform/config/app-config.js';
import { addEntries } from '../support/audit-entries.js';
import { createInstallation } from '../support/new-installation.js';
import { startTestService, type TestService } from '../support/service.js';

const TAMPERINGS = 1_000;
const SEED_OF_CHANCE = 20_261_125;
const CHAINS = 3;
const CHAIN_LENGTH = 12;

interface Entry {
  installation_id: string;
  id: string;
  seq: number;
}

/** What an entry consists of, each with a change that leaves the column's type alone. */
const CHANGES = [
  `actor = 'intruder'`,
  `action = 'order.erased'`,
  `at = at - interval '1 microsecond'`,
  `cause = 'request:other'`,
  `settings_version = COALESCE(settings_version, 0) + 1`,
  `order_id = gen_random_uuid()`,
  `opportunity_id = 'somebody-else'`,
  `data = data || '{"added": true}'`,
  `data = '{}'`,
  `previous_id = gen_random_uuid()`,
  `hash = sha256(hash)`,
] as const;

/** The names of the ways to tamper. */
const KINDS = ['change', 'remove', 'remove_many', 'insert', 'swap', 'reorder', 'truncate', 'append'] as const;
type Kind = (typeof KINDS)[number];

class Undo extends Error {}

describe('tampering with the audit trail as a superuser (A2)', () => {
  const keys = { ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}` };
  const random = seededRandom(SEED_OF_CHANCE);
  const below = (limit: number): number => Math.floor(random() * limit);
  let service: TestService;
  const chains: Entry[][] = [];

  beforeAll(async () => {
    service = await startTestService({ ...keys, AUDIT_CHECKPOINT_SECONDS: '86400' });
    const ids: string[] = [];
    for (let n = 0; n < CHAINS; n++) ids.push(await createInstallation(service));
    for (const half of [CHAIN_LENGTH / 2, CHAIN_LENGTH / 2 - 1]) {
      for (const id of ids) await addEntries(service, id, half);
      await service.admin.post('/admin/v1/audit/checkpoints').expect(200);
    }
    for (const id of ids) chains.push(await chainOf(id));
  });
  afterAll(() => service.stop());

  async function chainOf(id: string): Promise<Entry[]> {
    const rows = await service.database.query<{ id: string; seq: string }[]>(
      'SELECT id, seq FROM audit_entries WHERE installation_id = $1 ORDER BY seq',
      [id],
    );
    return rows.map((row) => ({ installation_id: id, id: row.id, seq: Number(row.seq) }));
  }

  /** Does its worst without any trigger, has the trail verified as it then stands, and takes it back. */
  async function verifiedAfter<T>(
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<{ found: Verification; expected: T }> {
    let seen: { found: Verification; expected: T } | undefined;
    try {
      await service.database.transaction(async (manager) => {
        await manager.query('SET LOCAL session_replication_role = replica');
        const expected = await work(manager);
        seen = { found: await auditVerifierOn(manager, readConfig(keys)).verify(null), expected };
        throw new Undo();
      });
    } catch (error) {
      if (!(error instanceof Undo)) throw error;
    }
    if (!seen) throw new Error('nothing was verified');
    return seen;
  }

  const named = ({ installation_id: installationId, id, seq }: Entry): object => ({
    installationId,
    id,
    seq,
  });

  /** Puts the entries of a chain into another order; by way of places that nobody has, for a place is unique. */
  async function rearrange(manager: EntityManager, moves: readonly [Entry, number][]): Promise<void> {
    for (const [{ id }, seq] of moves) {
      await manager.query('UPDATE audit_entries SET seq = -$2::bigint WHERE id = $1', [id, seq]);
    }
    await manager.query('UPDATE audit_entries SET seq = -seq WHERE seq < 0');
  }

  /** A copy of an entry behind it, with its link made as well as one can who does not know how. */
  async function copyBehind(manager: EntityManager, { id, seq }: Entry): Promise<{ id: string }> {
    const [made] = await manager.query<{ id: string }[]>(
      `INSERT INTO audit_entries (installation_id, id, at, actor, action, data, seq, previous_id, hash)
       SELECT installation_id, gen_random_uuid(), at, 'intruder', action, data, $2, id, sha256(hash)
       FROM audit_entries WHERE id = $1 RETURNING id`,
      [id, seq + 1],
    );
    if (!made) throw new Error('nothing was inserted');
    return made;
  }

  /** Answers the entry that must be named. */
  async function tamper(manager: EntityManager, kind: Kind, chain: Entry[]): Promise<object> {
    const at = below(chain.length);
    const entry = chain[at] as Entry;
    const { installation_id: installationId, seq } = entry;
    switch (kind) {
      case 'change': {
        const change = CHANGES[below(CHANGES.length)];
        await manager.query(`UPDATE audit_entries SET ${change} WHERE id = $1`, [entry.id]);
        return { ...named(entry), fault: 'changed' };
      }
      case 'remove':
        await manager.query('DELETE FROM audit_entries WHERE id = $1', [entry.id]);
        return { ...named(entry), fault: 'missing' };
      case 'remove_many': {
        const end = Math.min(chain.length, seq + 1 + below(4));
        const range = [installationId, seq, end];
        await manager.query(
          'DELETE FROM audit_entries WHERE installation_id = $1 AND seq BETWEEN $2 AND $3',
          range,
        );
        // Only of one that is gone alone is the id known by the one behind it.
        return { installationId, seq, fault: 'missing' };
      }
      case 'insert':
      case 'append': {
        const before = kind === 'append' ? (chain.at(-1) as Entry) : entry;
        const behind = chain.filter((other) => other.seq > before.seq);
        await rearrange(
          manager,
          behind.map((other) => [other, other.seq + 1]),
        );
        const made = await copyBehind(manager, before);
        return { installationId, seq: before.seq + 1, id: made.id };
      }
      case 'swap': {
        const other = chain[(at + 1 + below(chain.length - 1)) % chain.length] as Entry;
        await rearrange(manager, [
          [entry, other.seq],
          [other, entry.seq],
        ]);
        const [low, high] = seq < other.seq ? [entry, other] : [other, entry];
        return { installationId, seq: low.seq, id: high.id, fault: 'changed' };
      }
      case 'reorder': {
        // The run from here to the end, by one place; the first of it becomes its last.
        const start = Math.min(at, chain.length - 2);
        const run = chain.slice(start);
        const first = run[0] as Entry;
        await rearrange(
          manager,
          run.map((other, index) => [other, index === 0 ? chain.length : other.seq - 1]),
        );
        return { installationId, seq: first.seq, id: run[1]?.id, fault: 'changed' };
      }
      case 'truncate': {
        const last = chain[at - 1];
        await manager.query('DELETE FROM audit_entries WHERE installation_id = $1 AND seq >= $2', [
          installationId,
          seq,
        ]);
        // A careful intruder turns the end that is kept beside the chain back, too.
        if (below(2) === 0) {
          await manager.query(
            `UPDATE audit_heads SET seq = $2::bigint, id = $3, hash = COALESCE(
               (SELECT hash FROM audit_entries WHERE id = $3), decode(repeat('00', 32), 'hex'))
             WHERE installation_id = $1`,
            [installationId, seq - 1, last?.id ?? null],
          );
        }
        return { installationId, seq, fault: 'missing' };
      }
    }
    return kind satisfies never;
  }

  it(`is named in each of ${TAMPERINGS} cases at random`, async () => {
    const times = new Map<Kind, number>();
    for (let n = 0; n < TAMPERINGS; n++) {
      const chain = chains[below(chains.length)] as Entry[];
      const kind = KINDS[below(KINDS.length)] as Kind;
      const { found, expected } = await verifiedAfter((manager) => tamper(manager, kind, chain));
      expect(found.ok, `${n}: ${kind}`).toBe(false);
      expect(found.first, `${n}: ${kind}`).toMatchObject(expected);
      times.set(kind, (times.get(kind) ?? 0) + 1);
    }
    // Chance left no kind out, and what was taken back is whole.
    expect([...times.keys()].toSorted()).toEqual([...KINDS].toSorted());
    const { found } = await verifiedAfter(async () => null);
    expect(found).toMatchObject({ ok: true, first: null, brokenCheckpoint: null });
  }, 600_000);
});
