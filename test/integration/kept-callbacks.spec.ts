import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Order } from '../../src/orders/domain/order.js';
import { KeptCallbacks } from '../../src/orders/placing/kept-callbacks.js';
import { EVERY_INSTALLATION } from '../../src/platform/webhooks/inbox.js';
import { rowsReadFor } from '../support/rows-read.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

describe('callbacks that wait for their order (V2)', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let callbacks: KeptCallbacks;
  let asked: [string, unknown[]][];
  const installationId = randomUUID();

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
    asked = [];
    const listening = {
      query: (text: string, values: unknown[]) => {
        asked.push([text, values]);
        return dataSource.query(text, values);
      },
    };
    callbacks = new KeptCallbacks(listening as DataSource);
    // What others order at VICTIG is told at the service's own route, too, and waits for a day.
    await dataSource.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, reason)
       SELECT $1, gen_random_uuid(), 'victig', md5(n::text), 'order.search.completed',
              jsonb_build_object('orderGuid', gen_random_uuid(), 'externalIdentifier',
                                 CASE WHEN n % 2 = 0 THEN 'of-another-' || n END),
              now(), now(), 'queued', 'order_not_known_yet'
       FROM generate_series(1, 20000) AS n`,
      [EVERY_INSTALLATION],
    );
    await dataSource.query('ANALYZE deliveries');
  });
  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const order = (): Order =>
    ({ id: randomUUID(), installationId, providerOrderGuid: randomUUID() }) as Partial<Order> as Order;
  const keep = async (door: string, facts: Record<string, string | null>): Promise<string> => {
    const id = randomUUID();
    await dataSource.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, reason)
       VALUES ($1, $2, 'victig', $3, 'order.completed', $4, now(), now(), 'queued', 'order_not_known_yet')`,
      [door, id, randomUUID(), facts],
    );
    return id;
  };
  const state = async (id: string): Promise<unknown> => {
    const [row] = await dataSource.query<unknown[]>(
      'SELECT outcome, reason, order_id FROM deliveries WHERE id = $1',
      [id],
    );
    return row;
  };
  const waits = { outcome: 'queued', reason: 'order_not_known_yet', order_id: null };

  it('are acted on by the id of either side, at either route, and another’s wait on', async () => {
    const known = order();
    const orderGuid = known.providerOrderGuid;
    const told = await Promise.all([
      keep(installationId, { orderGuid, externalIdentifier: null }),
      keep(EVERY_INSTALLATION, { orderGuid, externalIdentifier: null }),
      keep(EVERY_INSTALLATION, { orderGuid: orderGuid?.toUpperCase() ?? null, externalIdentifier: null }),
      keep(EVERY_INSTALLATION, { orderGuid: null, externalIdentifier: known.id.toUpperCase() }),
      keep(installationId, { orderGuid: String(orderGuid).toUpperCase(), externalIdentifier: known.id }),
    ]);
    const others = await Promise.all([
      keep(randomUUID(), { orderGuid, externalIdentifier: known.id }),
      keep(installationId, { orderGuid: randomUUID(), externalIdentifier: known.id }),
      keep(installationId, { orderGuid: randomUUID(), externalIdentifier: randomUUID() }),
    ]);
    await callbacks.settle(known);
    for (const id of told) {
      expect(await state(id)).toEqual({ outcome: 'acted_on', reason: null, order_id: known.id });
    }
    for (const id of others) expect(await state(id)).toEqual(waits);
  });

  it('are found without reading those of others, however many wait', async () => {
    asked.splice(0);
    const orders = Array.from({ length: 50 }, order);
    await Promise.all([
      ...orders.map((each) => callbacks.settle(each)),
      ...orders.slice(0, 1).map((each) => callbacks.announced(each)),
    ]);
    const texts = new Set(asked.map(([text]) => text));
    expect(texts.size).toBe(2);
    for (const [text, values] of asked) {
      // 50 orders at two doors, through a few steps of the plan.
      expect(await rowsReadFor(dataSource, { text, values })).toBeLessThan(1_000);
    }
  });
});
