import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../src/mapping/catalogue.js';
import { JsonClient } from '../../src/platform/http/json-client.js';
import { OutgoingHosts } from '../../src/platform/http/outgoing-hosts.js';
import type { ServiceDataSource } from '../../src/platform/database/service-data-source.js';
import { ClientCities } from '../../src/victig/client-cities.js';
import { ClientCityRecords } from '../../src/victig/client-city-records.js';
import { VictigClient, type VictigAccount } from '../../src/victig/victig-client.js';
import { configFor } from '../support/config-for.js';
import { eventually } from '../support/eventually.js';
import { failureOf } from '../support/failure-of.js';
import { LocalServer, sendJson } from '../support/local-server.js';
import { SetClock } from '../support/set-clock.js';
import { openTestDataSource } from '../support/test-data-source.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { Unlimited } from '../support/unlimited.js';

const template = inject('databaseTemplate');
const HOUR_MS = 3_600_000;

const clients = (count: number): Client[] =>
  Array.from({ length: count }, (_, n) => ({ guid: `c-${n}`, name: `Client ${n}`, code: null, city: null }));

describe('the cities of clients, for all replicas (M4, F3)', () => {
  let database: TestDatabase;
  let source: ServiceDataSource;
  let server: LocalServer;
  let clock: SetClock;
  let http: JsonClient;
  let account: VictigAccount;
  let accounts = 0;

  beforeAll(async () => {
    database = await createTestDatabase(template);
    source = await openTestDataSource(database);
    server = await LocalServer.start();
  });
  afterAll(async () => {
    await server.stop();
    await source.destroy();
    await database.drop();
  });

  beforeEach(() => {
    server.reset();
    serve('Reno');
    clock = new SetClock();
    http = new JsonClient(OutgoingHosts.of(configAt(server)), clock);
    account = { limitKey: `victig:${accounts++}`, authorization: 'Bearer token' };
    return () => http.onApplicationShutdown();
  });

  const configAt = ({ url }: LocalServer) => configFor({ victigApiUrl: `${url}/v1` });
  const serve = (city: string) =>
    server.answer((_request, response) => sendJson(response, 200, { physicalAddress: { city } }));
  const replica = (name: string) =>
    new ClientCities(
      new VictigClient(http, new Unlimited(), configAt(server).victig),
      new ClientCityRecords(source),
      clock,
      name,
    );
  const citiesFor = async (cities: ClientCities, of: readonly Client[]) =>
    new Set((await cities.addTo(account, of)).map(({ city }) => city));

  it('are read once for all replicas, and not again after a restart', async () => {
    expect(await citiesFor(replica('a'), clients(5))).toEqual(new Set(['Reno']));
    expect(server.received).toHaveLength(5);
    clock.advance(11 * HOUR_MS);
    serve('Salem');
    expect(await citiesFor(replica('b'), clients(6))).toEqual(new Set(['Reno', 'Salem']));
    expect(server.received).toHaveLength(6);
  });

  it('are shared out between replicas that begin together', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await Promise.all([citiesFor(a, clients(60)), citiesFor(b, clients(60))]);
    expect(server.received.length).toBeLessThan(70);
    expect(new Set(server.received.map(({ target }) => target)).size).toBe(60);
  });

  it('are not older than a day, and read anew behind an order after half of it, by one of the replicas', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await citiesFor(a, clients(5));
    clock.advance(13 * HOUR_MS);
    serve('Salem');
    expect(await citiesFor(a, clients(5))).toEqual(new Set(['Reno']));
    await eventually(async () => expect(await citiesFor(a, clients(5))).toEqual(new Set(['Salem'])));
    expect(await citiesFor(b, clients(5))).toEqual(new Set(['Salem']));
    expect(server.received).toHaveLength(10);
    clock.advance(25 * HOUR_MS);
    serve('Bend');
    expect(await citiesFor(b, clients(5))).toEqual(new Set(['Bend']));
    expect(server.received).toHaveLength(15);
  });

  it('are read anew behind one that is refused by now, too', async () => {
    const cities = replica('a');
    await citiesFor(cities, clients(5));
    clock.advance(13 * HOUR_MS);
    server.answer(({ target }, response) =>
      target.endsWith('/c-0')
        ? sendJson(response, 403, { code: 'NOT_AUTHORIZED' })
        : sendJson(response, 200, { physicalAddress: { city: 'Salem' } }),
    );
    await eventually(async () =>
      expect((await cities.addTo(account, clients(5))).map(({ city }) => city)).toEqual([
        'Reno',
        ...Array.from({ length: 4 }, () => 'Salem'),
      ]),
    );
  });

  it('are forgotten when they are too old for any use, also of a token that was replaced', async () => {
    await citiesFor(replica('a'), clients(2));
    const replaced = account;
    account = { limitKey: 'victig:next', authorization: 'Bearer next' };
    clock.advance(12 * HOUR_MS);
    await citiesFor(replica('a'), clients(2));
    clock.advance(13 * HOUR_MS);
    await citiesFor(replica('a'), clients(2));
    await eventually(async () => {
      const rows = await source.query<{ account: string }[]>(
        'SELECT account FROM client_cities WHERE account IN ($1, $2)',
        [replaced.limitKey, account.limitKey],
      );
      expect(rows).toEqual([{ account: 'victig:next' }, { account: 'victig:next' }]);
    });
  });

  it('are not asked for within the hour where they are refused, unless that was by a clock that was ahead', async () => {
    const cities = replica('a');
    server.answer((_request, response) => sendJson(response, 403, { code: 'NOT_AUTHORIZED' }));
    clock.advance(48 * HOUR_MS);
    await citiesFor(cities, clients(2));
    serve('Reno');
    clock.advance(HOUR_MS / 2);
    expect(await citiesFor(cities, clients(2))).toEqual(new Set([null]));
    clock.advance(-24 * HOUR_MS);
    expect(await citiesFor(cities, clients(2))).toEqual(new Set(['Reno']));
  });

  it('stand for a token that may read them, so that one refused record is trouble in every replica (S3)', async () => {
    await citiesFor(replica('a'), clients(2));
    server.answer((_request, response) => sendJson(response, 403, { code: 'NOT_AUTHORIZED' }));
    const failure = await failureOf(replica('b').addTo(account, clients(3)));
    expect(failure.failure).toBe('unauthorized');
  });
});
