import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { DoorRegister } from '../../src/installations/door-register.js';
import { CountingQueries } from '../support/counting-queries.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play } from '../support/play.js';
import { CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';

/** With the embedded database nothing may be kept: it is asked each time. */
const whereKept = inject('databaseTemplate').kind === 'server' ? it : it.skip;

/** Whether there is an installation, and what signs for it: what nobody but the doors asks. */
const LOOK_UPS = /FROM installations WHERE id = ANY|"signature_token"/;
const REFUSALS = 30;

describe('strangers who deliver to installations that there are not', () => {
  let service: TestService;
  let play: Play;
  let register: DoorRegister;
  let queries: CountingQueries;

  beforeAll(async () => {
    service = await startTestService({
      ADDRESS_REFUSALS_PER_MINUTE: String(REFUSALS),
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
    play = new Play(service);
    await play.setUp();
    register = service.part(DoorRegister);
    queries = new CountingQueries(service.database);
    service.clock.stand();
  });
  afterAll(() => service.stop());
  beforeEach(() => queries.countOf(LOOK_UPS));

  const forge = (installationId: string, address = '192.0.2.1') =>
    play.knock(leverWebhook(), installationId).set('x-forwarded-for', address);
  /** Kept and ignored: no job of it looks anything up meanwhile. */
  const ignored = () => leverWebhook({ event: 'candidateHired' });
  const callBack = (installationId: string) =>
    service.anyone
      .post(`/webhooks/victig/${installationId}`)
      .set('authorization', CALLBACK_SECRET)
      .set('x-forwarded-for', '192.0.2.2')
      .send({ event: 'order.created' });

  whereKept('cost one look-up in ten seconds for each id (T1, V1)', async () => {
    const [forged, calledBack] = [randomUUID(), randomUUID()];
    for (let time = 0; time < 5; time++) {
      await forge(forged).expect(401);
      await callBack(calledBack).expect(401);
    }
    expect(queries.countOf(LOOK_UPS)).toBe(2);
    service.clock.forward(10_000);
    await forge(forged).expect(401);
    expect(queries.countOf(LOOK_UPS)).toBe(1);
  });

  it('share their look-ups once their address has failed too often (T1)', async () => {
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const found = await Promise.all(ids.map((id) => register.find(id, true)));
    expect(found).toEqual(ids.map(() => null));
    expect(queries.countOf(LOOK_UPS)).toBe(2);
  });

  whereKept('push no installation out of memory, however many ids they think of (T1)', async () => {
    await play.knock(ignored()).expect(200);
    queries.countOf(LOOK_UPS);
    const ids = Array.from({ length: 20_000 }, () => randomUUID());
    await Promise.all(ids.map((id) => register.find(id)));
    expect(queries.countOf(LOOK_UPS)).toBeLessThan(10);
    await play.knock(ignored()).expect(200);
    expect(queries.countOf(LOOK_UPS)).toBe(0);
  });

  it('are refused without another look, and keep nothing out that proves itself (T1)', async () => {
    const address = '198.51.100.7';
    const statuses: number[] = [];
    for (let time = 0; time < REFUSALS + 3; time++) {
      statuses.push((await forge(randomUUID(), address)).status);
    }
    expect(statuses).toEqual([...Array.from({ length: REFUSALS }, () => 401), 429, 429, 429]);
    await play.knock(ignored()).set('x-forwarded-for', address).expect(200);
    service.clock.forward(120_000);
    // Nor does it matter whether the installation was in memory.
    for (let time = 0; time < REFUSALS; time++) await forge(randomUUID(), address);
    await play.knock(ignored()).set('x-forwarded-for', address).expect(200);
  });

  it('do not keep an installation out that is made a moment later (T1)', async () => {
    const id = randomUUID();
    expect(await register.find(id)).toBeNull();
    await service.database.query(
      `INSERT INTO installations (id, state, settings_version, created_at, updated_at)
       SELECT $1, state, settings_version, created_at, updated_at FROM installations WHERE id = $2`,
      [id, play.installation.id],
    );
    await service.database.query(
      `INSERT INTO installation_versions (installation_id, version, configuration, changed_by, created_at)
       SELECT $1, version, configuration, changed_by, created_at FROM installation_versions WHERE installation_id = $2`,
      [id, play.installation.id],
    );
    await service.database.query('UPDATE installations SET updated_at = now() WHERE id = $1', [id]);
    await eventually(async () => expect(await register.find(id)).toMatchObject({ state: 'active' }));
  });
});
