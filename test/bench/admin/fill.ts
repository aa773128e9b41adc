import type { Client } from 'pg';
import type { BenchDatabase } from './bench-database.ts';

const INSTALLATIONS = 100;
const DAYS = 60;
const BATCH = 50_000;

/** A UUID of version 7 for row `n` at time `t`: its time first, as the service makes them; `salt` keeps tables apart. */
const uuidAt = (t: string, n: string, salt: string): string => `(
  lpad(to_hex((extract(epoch FROM ${t}) * 1000)::bigint), 12, '0')
  || '7' || substr(md5('${salt}' || ${n}), 1, 3) || '8' || substr(md5('${salt}' || ${n}), 4, 15))::uuid`;

/** When order \`n\` of \`size\` was made: evenly spread, the last one now. */
const timeOf = (n: string, size: number): string =>
  `(now() - interval '${DAYS} days' * (${size} - ${n})::double precision / ${size})`;

/** How many versions of its settings each installation has had. */
const VERSIONS = 5;

const installationOf = (n: string): string =>
  `('0199f3a0-0000-7000-8000-' || lpad((${n} % ${INSTALLATIONS})::text, 12, '0'))::uuid`;

const STATUS = `CASE WHEN n % 10000 = 7 THEN 'error' WHEN n % 100 = 3 THEN 'rejected' WHEN n % 100 = 4 THEN 'canceled'
  WHEN n % 50 = 5 THEN 'pending' WHEN n % 50 = 6 THEN 'in_progress' ELSE 'complete' END`;

/** Connections that fill at once. */
const WRITERS = 3;

/**
 * Fills a migrated database with as many orders, their events and deliveries, the audit trail and ended jobs, as a service
 * that has run for two months under this load would have; by statements of the database itself, a batch at a time. Chains
 * and foreign keys are not looked at while filling, and indexes are made at the end.
 */
export async function fill(
  database: BenchDatabase,
  orders: number,
  auditEntriesPerOrder: number,
  say: (text: string) => void,
): Promise<void> {
  const { client } = database;
  const connect = (): Promise<Client> => database.connect();
  await addInstallations(client);
  const indexes = await dropIndexes(client);
  const batches = Array.from({ length: Math.ceil(orders / BATCH) }, (_, n) => n * BATCH + 1);
  await inParallel(connect, batches, async (writer, from) => {
    const to = Math.min(from + BATCH - 1, orders);
    const rows = `generate_series(${from}, ${to}) AS n`;
    await writer.query(ordersOf(rows, orders));
    await writer.query(eventsOf(rows, orders));
    await writer.query(deliveriesOf(rows, orders));
    await writer.query(callsOf(rows, orders));
    await writer.query(auditOf(rows, orders, auditEntriesPerOrder));
    await writer.query(jobsOf(rows, orders));
    say(`orders ${from} to ${to}`);
  });
  await inParallel(connect, indexes, async (writer, definition) => {
    await writer.query(`SET maintenance_work_mem = '512MB'`);
    await writer.query(definition);
    say(definition);
  });
  await client.query(HEADS);
  await client.query('VACUUM (ANALYZE)');
}

/** Where each chain ends, so that it can go on. */
const HEADS = `
  INSERT INTO audit_heads (installation_id, seq, id, hash)
  SELECT DISTINCT ON (installation_id) installation_id, seq, id, hash FROM audit_entries ORDER BY installation_id, seq DESC
  ON CONFLICT (installation_id) DO UPDATE SET seq = EXCLUDED.seq, id = EXCLUDED.id, hash = EXCLUDED.hash`;

/** Works a list off with several connections at once. */
async function inParallel<T>(
  connect: BenchDatabase['connect'],
  list: readonly T[],
  work: (writer: Client, item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...list];
  const writer = async (): Promise<void> => {
    const connection = await connect();
    try {
      await connection.query('SET session_replication_role = replica');
      await connection.query('SET synchronous_commit = off');
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift())
        await work(connection, item);
    } finally {
      await connection.end();
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
}

/** Drops the indexes that are no keys; answers what makes them again. */
async function dropIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = ANY ('{orders,order_events,deliveries,audit_entries,vendor_calls}'::regclass[])
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function addInstallations(database: Client): Promise<void> {
  await database.query(
    `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
     SELECT ${installationOf('n')}, 'paused', ${VERSIONS}, now(), now() FROM generate_series(0, ${INSTALLATIONS - 1}) AS n`,
  );
  await database.query(
    `INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
     SELECT ${installationOf('n')}, number, v.configuration, v.changed_by, now()
     FROM generate_series(0, ${INSTALLATIONS - 1}) AS n, generate_series(1, ${VERSIONS}) AS number, (SELECT * FROM installation_versions LIMIT 1) AS v`,
  );
}

const ordersOf = (rows: string, size: number): string => `
  INSERT INTO orders (installation_id, id, opportunity_id, status, status_reason, sequence, settings_version,
    triggered_at, product_guid, product_name, client_guid, client_name, reference, provider_order_guid, file_number,
    raw_status, ordered_at, completed_at, flagged, decision, content_sealed, results_sealed, shown_tags, created_at,
    news_at, updated_at, ended_at, mapping_warnings, report_warnings, quick_app)
  SELECT ${installationOf('n')}, ${uuidAt('t', 'n', 'order')}, md5('opportunity' || n)::uuid::text, status,
    CASE status WHEN 'rejected' THEN 'missing_email' WHEN 'error' THEN 'unavailable' END, 3, 1 + n % ${VERSIONS - 1}, t,
    md5('product' || n % 9), 'Criminal Package ' || n % 9, md5('client' || n % 300), 'Client ' || n % 300,
    'Support Lead', CASE WHEN status <> 'rejected' THEN md5('guid' || n)::uuid::text END,
    CASE WHEN status <> 'rejected' THEN (500000 + n)::text END, 'complete', t, t + interval '2 days', n % 9 = 0,
    'Eligible', decode(repeat(md5('sealed' || n), 8), 'hex'), decode(repeat(md5('results' || n), 4), 'hex'),
    ARRAY['Background Check Status: Complete'], t, t, t, CASE WHEN status IN ('complete', 'rejected', 'canceled') THEN t END,
    CASE WHEN n % 20 = 9 THEN ARRAY['phone_left_out'] WHEN n % 5000 = 11 THEN ARRAY['reference_missing'] ELSE '{}' END,
    CASE WHEN n % 3000 = 13 THEN '[{"code": "tag_not_added", "details": ["Flag: True"]}]'::jsonb ELSE '[]' END,
    CASE WHEN n % 200 = 5 THEN '{"expiresAt": null, "emailsSent": 1, "textsSent": 0, "remindersSent": 0, "warning": "quick_app_expiring"}'::jsonb END
  FROM (SELECT n, ${timeOf('n', size)} AS t, ${STATUS} AS status FROM ${rows}) AS made`;

const eventsOf = (rows: string, size: number): string => `
  INSERT INTO order_events (installation_id, order_id, sequence, at, kind, status_from, status_to, data)
  SELECT ${installationOf('n')}, ${uuidAt('t', 'n', 'order')}, k, t + interval '1 second' * k,
    (ARRAY['opened', 'mapped', 'placed'])[k], NULL, NULL, jsonb_build_object('attempt', k)
  FROM (SELECT n, ${timeOf('n', size)} AS t FROM ${rows}) AS made, generate_series(1, 3) AS k`;

/** Of each order one by Lever and, of those that VICTIG took, one by VICTIG. */
const deliveriesOf = (rows: string, size: number): string => `
  INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome,
    reason, order_id)
  SELECT ${installationOf('n')}, ${uuidAt('t', `n || source`, 'delivery')}, source, md5('key' || n),
    CASE source WHEN 'lever' THEN 'candidateStageChange' ELSE 'order.status' END,
    jsonb_build_object('opportunityId', md5('opportunity' || n)::uuid::text), t, t,
    CASE WHEN n % 10 = 0 THEN 'ignored' ELSE 'acted_on' END,
    CASE WHEN n % 10000 = 0 THEN 'opportunity_not_found' WHEN n % 10 = 0 THEN 'other_stage' END,
    CASE WHEN n % 10 <> 0 THEN ${uuidAt('t', 'n', 'order')} END
  FROM (SELECT n, source, ${timeOf('n', size)} AS t FROM ${rows}, unnest(ARRAY['lever', 'victig']) AS source) AS made
  WHERE source = 'lever' OR n % 100 <> 3`;

const callsOf = (rows: string, size: number): string => `
  INSERT INTO vendor_calls (installation_id, order_id, id, at, vendor, operation, outcome, status, duration_ms, cause,
    attempt)
  SELECT ${installationOf('n')}, ${uuidAt('t', 'n', 'order')}, ${uuidAt('t', `n || '-' || k`, 'call')},
    t + interval '1 second' * k, CASE WHEN k % 2 = 0 THEN 'Lever' ELSE 'VICTIG' END, 'GET /orders/:id', 'answered', 200,
    120, 'refresh-order', 1
  FROM (SELECT n, ${timeOf('n', size)} AS t FROM ${rows}) AS made, generate_series(1, 6) AS k`;

/** Ten of each order of the last week: so long the queue kept what has ended, until a day was enough. */
const jobsOf = (rows: string, size: number): string => `
  INSERT INTO pgboss.job (name, policy, state, data, singleton_key, group_id, created_on, started_on, completed_on)
  SELECT (ARRAY['place-order', 'report-progress', 'refresh-order', 'take-callback'])[1 + (k + 2) / 3], 'singleton', 'completed',
    jsonb_build_object('attempt', 1, 'payload', jsonb_build_object('orderId', ${uuidAt('t', 'n', 'order')})),
    ${uuidAt('t', 'n', 'order')}, ${installationOf('n')}, t, t, t + interval '1 second' * k
  FROM (SELECT n, ${timeOf('n', size)} AS t FROM ${rows}) AS made, generate_series(0, 9) AS k
  WHERE t > now() - interval '7 days'`;

const auditOf = (rows: string, size: number, each: number): string => `
  INSERT INTO audit_entries (installation_id, id, at, actor, action, order_id, opportunity_id, data, seq, hash)
  SELECT ${installationOf('n')}, ${uuidAt('at', `n || '-' || k`, 'audit')}, at,
    CASE WHEN n % 5000 = 0 THEN 'admin_key:' || md5('key' || n % 7)::uuid ELSE 'job:refresh-order' END,
    CASE WHEN n % 5000 = 0 THEN 'installation.changed' WHEN k = 1 THEN 'order.opened' ELSE 'order.moved' END,
    ${uuidAt('t', 'n', 'order')}, md5('opportunity' || n)::uuid::text, jsonb_build_object('attempt', k),
    (n / ${INSTALLATIONS})::bigint * ${each} + k, decode(repeat(md5(n || '-' || k), 2), 'hex')
  FROM (SELECT n, k, ${timeOf('n', size)} AS t, ${timeOf('n', size)} + interval '100 milliseconds' * k AS at
    FROM ${rows}, generate_series(1, ${each}) AS k) AS made`;
