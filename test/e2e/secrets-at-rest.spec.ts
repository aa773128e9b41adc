import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertKeysFit } from '../../src/fitting-keys.js';
import { InstallationSecrets, SECRETS_COLUMN } from '../../src/installations/installation-secrets.js';
import { ORDER_KEYS_COLUMN, OrderVault } from '../../src/orders/order-vault.js';
import { OrderRow } from '../../src/orders/order.entity.js';
import { readConfig } from '../../src/platform/config/app-config.js';
import { KeyRing, SealBroken } from '../../src/platform/crypto/key-ring.js';
import { countUnderOldKeys, reseal } from '../../src/platform/crypto/sealed-column.js';
import { Transactions } from '../../src/platform/database/transactions.js';
import { createInstallation } from '../support/new-installation.js';
import { leverWebhook, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const COLUMNS = [SECRETS_COLUMN, ORDER_KEYS_COLUMN];
/** More than a batch of the rotation holds. */
const MANY = 250;

describe('secrets at rest (I2)', () => {
  const [old, fresh] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
  /** The new key may open already, before it is the one that seals. */
  const before = { ENCRYPTION_KEYS: `old:${old},fresh:${fresh}` };
  const ringOf = (env: Record<string, string>): KeyRing => new KeyRing(readConfig(env).encryption.keys);
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService(before);
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  async function ordered(): Promise<OrderRow> {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    await play.untilStatus(opportunityId, 'Complete');
    const { id } = await play.order(opportunityId);
    return service.database.manager.findOneByOrFail(OrderRow, { id });
  }

  it('are in no column that the rotation does not know', async () => {
    const sealed = await service.database.query<{ name: string }[]>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND udt_name = 'bytea' AND column_name LIKE '%sealed%' ORDER BY 1`,
    );
    expect(sealed.map(({ name }) => name)).toEqual([
      // Renewed by every start; the rotation counts what is left.
      'admin_keys.sealed_digest',
      // Gone after a day; an answer that no key opens any more is `idempotency_answer_lost`.
      'idempotent_requests.answer_sealed',
      'idempotent_requests.request_sealed',
      'installation_secrets.sealed',
      'order_keys.sealed',
      // Under the key of their order, which is sealed anew in their stead.
      'orders.content_sealed',
      'orders.results_sealed',
    ]);
    expect(COLUMNS.map(({ table, column }) => `${table}.${column}`)).toEqual([
      'installation_secrets.sealed',
      'order_keys.sealed',
    ]);
  });

  it('do not open when their ciphertext is moved to another row, kind, installation or column', async () => {
    const [secrets, vault] = [service.part(InstallationSecrets), service.part(OrderVault)];
    const [one, two] = [await ordered(), await ordered()];
    const { id } = play.installation;
    const other = await draft();
    await service
      .part(Transactions)
      .run((tx) => secrets.add(tx, id, 'signature_token', 'another-signature-token'));
    expect(await vault.content(one)).not.toBeNull();

    const moves: [string, string, () => Promise<unknown>][] = [
      [
        'to another kind',
        `UPDATE installation_secrets AS s SET sealed = o.sealed FROM installation_secrets AS o
         WHERE s.installation_id = '${id}' AND s.kind = 'lever_api_key'
           AND o.installation_id = '${id}' AND o.kind = 'signature_token'`,
        () => secrets.open(id, 'lever_api_key'),
      ],
      [
        'to another row of its kind',
        `UPDATE installation_secrets AS s SET sealed = o.sealed FROM installation_secrets AS o
         WHERE s.installation_id = '${id}' AND s.kind = 'signature_token' AND o.installation_id = '${id}'
           AND o.kind = 'signature_token' AND o.id <> s.id`,
        () => secrets.open(id, 'signature_token'),
      ],
      [
        'to another installation',
        `UPDATE installation_secrets AS s SET sealed = o.sealed FROM installation_secrets AS o
         WHERE s.installation_id = '${id}' AND s.kind = 'lever_api_key'
           AND o.installation_id = '${other}' AND o.kind = 'lever_api_key'`,
        () => secrets.open(id, 'lever_api_key'),
      ],
      [
        "to another order, the order's key",
        `UPDATE order_keys SET sealed = (SELECT sealed FROM order_keys WHERE order_id = '${two.id}')
         WHERE order_id = '${one.id}'`,
        () => vault.content(one),
      ],
      [
        'to another order',
        `UPDATE orders SET content_sealed = (SELECT content_sealed FROM orders WHERE id = '${two.id}')
         WHERE id = '${one.id}'`,
        () => vault.content(one),
      ],
      [
        'to another column',
        `UPDATE orders SET content_sealed = results_sealed WHERE id = '${one.id}'`,
        () => vault.content(one),
      ],
    ];
    for (const [where, statement, open] of moves) {
      const kept = await keptRows();
      const [, moved] = await service.database.query<[unknown, number]>(statement);
      expect(moved, where).toBeGreaterThan(0);
      await expect(open(), where).rejects.toThrow(SealBroken);
      await putBack(kept);
    }
    expect(await vault.content(one)).not.toBeNull();
    expect(await secrets.open(id, 'signature_token')).toContain('another-signature-token');
  });

  /** Another installation, which orders nothing. */
  const draft = (): Promise<string> =>
    createInstallation(service, { name: 'Other', lever: { apiKey: 'another-lever-api-key' } });

  interface Kept {
    table: string;
    rows: Record<string, unknown>[];
  }

  async function keptRows(): Promise<Kept[]> {
    const tables = ['installation_secrets', 'order_keys', 'orders'];
    return Promise.all(
      tables.map(async (table) => ({ table, rows: await service.database.query(`SELECT * FROM ${table}`) })),
    );
  }

  async function putBack(kept: Kept[]): Promise<void> {
    const set = async (table: string, column: string, key: string, rows: Kept['rows']): Promise<void> => {
      for (const row of rows) {
        const statement = `UPDATE ${table} SET ${column} = $1 WHERE ${key} = $2`;
        await service.database.query(statement, [row[column], row[key]]);
      }
    };
    const [secrets, keys, orders] = kept;
    await set('installation_secrets', 'sealed', 'id', secrets?.rows ?? []);
    await set('order_keys', 'sealed', 'order_id', keys?.rows ?? []);
    await set('orders', 'content_sealed', 'id', orders?.rows ?? []);
  }

  it('are sealed anew in batches while orders are placed, and then need the new key alone', async () => {
    const { id } = play.installation;
    await service.part(Transactions).run(async (tx) => {
      for (let n = 0; n < MANY; n++) {
        await service.part(InstallationSecrets).add(tx, id, 'signature_token', `signature-token-${n}`);
      }
    });
    const after = ringOf({ ENCRYPTION_KEYS: `fresh:${fresh},old:${old}` });
    const [placed, secrets] = await Promise.all([ordered(), reseal(service.database, after, SECRETS_COLUMN)]);
    expect(secrets.resealed).toBeGreaterThan(MANY);
    expect(secrets.unreadable).toBe(0);
    // What the service sealed meanwhile, by its own first key, is the next run's.
    await reseal(service.database, after, ORDER_KEYS_COLUMN);
    for (const column of COLUMNS) expect(await countUnderOldKeys(service.database, after, column)).toBe(0);
    expect(await reseal(service.database, after, SECRETS_COLUMN)).toEqual({ resealed: 0, unreadable: 0 });
    // The service that ran all the time goes on, and so does one that has the new key only.
    expect(await service.part(OrderVault).content(placed)).not.toBeNull();
    expect(await service.part(InstallationSecrets).open(id, 'signature_token')).toContain(
      'signature-token-249',
    );
    const alone = new OrderVault(service.database, ringOf({ ENCRYPTION_KEYS: `fresh:${fresh}` }));
    expect(await alone.content(placed)).toEqual(await service.part(OrderVault).content(placed));
    const without = new OrderVault(service.database, ringOf({ ENCRYPTION_KEYS: `old:${old}` }));
    await expect(without.content(placed)).rejects.toThrow(SealBroken);
  });

  it('that no key opens are counted and left as they are', async () => {
    const stranger = ringOf({ ENCRYPTION_KEYS: `third:${randomBytes(32).toString('base64')}` });
    const { resealed, unreadable } = await reseal(service.database, stranger, SECRETS_COLUMN);
    expect(resealed).toBe(0);
    expect(unreadable).toBeGreaterThan(MANY);
    expect(await service.part(InstallationSecrets).open(play.installation.id, 'lever_api_key')).toHaveLength(
      1,
    );
  });

  it('that no key opens have deliveries sent away, and in again once one does (F6)', async () => {
    const id = await draft();
    const stranger = new KeyRing([{ id: 'third', key: randomBytes(32) }]);
    for (const [kind, secret] of [
      ['signature_token', 'a-token-of-its-own'],
      ['victig_webhook_secret', 'a-secret-of-its-own'],
    ] as const) {
      await service
        .part(Transactions)
        .run((tx) => service.part(InstallationSecrets).add(tx, id, kind, secret));
    }
    const rows = await service.database.query<{ id: string; kind: string; sealed: Buffer }[]>(
      'SELECT id, kind, sealed FROM installation_secrets WHERE installation_id = $1',
      [id],
    );
    const keep = (rowId: string, sealed: Buffer): Promise<unknown> =>
      service.database.query('UPDATE installation_secrets SET sealed = $2 WHERE id = $1', [rowId, sealed]);
    for (const row of rows) {
      const place = SECRETS_COLUMN.place({ installation_id: id, id: row.id, kind: row.kind });
      await keep(row.id, stranger.seal(Buffer.from('unreadable'), place));
    }
    const knock = () => [
      service.anyone.post(`/webhooks/lever/${id}`).send(leverWebhook({}, 'a-token-of-its-own')),
      service.anyone
        .post(`/webhooks/victig/${id}`)
        .set('authorization', 'a-secret-of-its-own')
        .send({ event: 'order.updated', resourceGuid: 'r' }),
    ];
    for (const delivery of knock()) {
      const sentAway = await delivery.expect(503);
      expect(sentAway.body).toMatchObject({ code: 'encryption_key_missing' });
      expect(Number(sentAway.headers['retry-after'])).toBeGreaterThan(0);
    }
    for (const row of rows) await keep(row.id, row.sealed);
    for (const delivery of knock()) await delivery.expect(200);
  });

  it('that a rotation which died left under the old key keep a service from starting without that (I2)', async () => {
    const order = await ordered();
    const after = ringOf({ ENCRYPTION_KEYS: `fresh:${fresh},old:${old}` });
    const alone = readConfig({ ENCRYPTION_KEYS: `fresh:${fresh}` }).encryption.keys;
    const [written] = await service.database.query<{ columns: string }[]>(
      `SELECT string_agg(attname, ', ') AS columns FROM pg_attribute
       WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
    );
    const { columns } = written ?? { columns: '' };
    // Ids are in the order of time.
    const newest = 'ffffffff-ffff-4fff-8fff-ffffffffffff';
    const copies = await service.database.query<{ id: string }[]>(
      `INSERT INTO orders (${columns})
       SELECT ${columns} FROM (
         SELECT (jsonb_populate_record(orders, jsonb_build_object(
           'id', CASE n WHEN ${MANY} THEN '${newest}' ELSE '00000000-0000-4000-8000-' || lpad(n::text, 12, '0') END, 'opportunity_id', 'copy-' || n, 'provider_order_guid', NULL))).*
         FROM orders, generate_series(1, ${MANY}) AS n WHERE id = $1) AS copies
       RETURNING id`,
      [order.id],
    );
    for (const { id } of copies) {
      const owner = { installationId: order.installationId, id };
      // What is ordered while the rotation is at it has the new key.
      const { sealed } = new OrderVault(service.database, id === newest ? after : ringOf(before)).newKey(
        owner,
      );
      await service.database.query('INSERT INTO order_keys VALUES ($1, $2, $3)', [
        order.installationId,
        id,
        sealed,
      ]);
    }
    await reseal(service.database, after, SECRETS_COLUMN);
    const done = `SELECT count(*)::int AS count FROM order_keys WHERE substring(sealed FROM 3 FOR 5) = 'fresh'`;
    const [{ count } = { count: 0 }] = await service.database.query<{ count: number }[]>(done);
    await service.database.query(
      `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF (${done}) >= ${count + 200} THEN RAISE 'died in its second batch'; END IF; RETURN NEW; END $$`,
    );
    await service.database.query(
      'CREATE TRIGGER die BEFORE UPDATE ON order_keys FOR EACH ROW EXECUTE FUNCTION die()',
    );
    await expect(reseal(service.database, after, ORDER_KEYS_COLUMN)).rejects.toThrow('second batch');
    await service.database.query('DROP FUNCTION die CASCADE');
    await expect(assertKeysFit(service.database, alone)).rejects.toThrow('lacks the key old');
    await reseal(service.database, after, ORDER_KEYS_COLUMN);
    await assertKeysFit(service.database, alone);
  });
});
