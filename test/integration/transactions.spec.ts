import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { Transactions } from '../../src/platform/database/transactions.js';
import { JsonClient } from '../../src/platform/http/json-client.js';
import { OutgoingHosts } from '../../src/platform/http/outgoing-hosts.js';
import { LocalServer } from '../support/local-server.js';
import { SetClock } from '../support/set-clock.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { openTestDataSource } from '../support/test-data-source.js';

describe('a transaction', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let transactions: Transactions;
  let vendor: LocalServer;
  let client: JsonClient;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseTemplate'));
    dataSource = await openTestDataSource(database);
    transactions = new Transactions(dataSource);
    vendor = await LocalServer.start();
    const hosts = new OutgoingHosts({ hosts: [new URL(vendor.url).host], allowPrivate: true });
    client = new JsonClient(hosts, new SetClock());
  });
  afterAll(async () => {
    await client.onApplicationShutdown();
    await vendor.stop();
    await dataSource.destroy();
    await database.drop();
  });

  const callVendor = () =>
    client.send({
      api: { vendor: 'Acme', baseUrl: vendor.url, faultOf: () => ({}) },
      method: 'GET',
      route: '/things',
      headers: {},
      schema: z.unknown(),
    });

  it('is never held over a call to a vendor: such a call is refused before it is made (F1)', async () => {
    vendor.reset();
    vendor.answerJson(200, {});
    await expect(transactions.run(() => callVendor())).rejects.toThrow(
      'GET /things must not be called inside a transaction',
    );
    expect(vendor.received).toEqual([]);
  });

  it('forbids nothing once it has ended, nor to what it has set going (F1)', async () => {
    vendor.reset();
    vendor.answerJson(200, {});
    const effects: Promise<unknown>[] = [];
    await transactions.run(async (tx) => tx.afterCommit(() => void effects.push(callVendor())));
    await Promise.all(effects);
    await callVendor();
    expect(vendor.received).toHaveLength(2);
  });
});
