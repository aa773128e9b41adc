import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { Pauses } from '../../src/operations/pauses.js';
import { WatchHome } from '../../src/operations/watch-home.js';
import { ServicePause } from '../../src/platform/pause/service-pause.js';
import { eventually } from '../support/eventually.js';
import { endHold } from '../support/holds.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

describe('a restored copy, where a clock was wrong', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ holdSeconds: 600 });
  });
  afterEach(() => service.clock.goAstray(0));
  afterAll(() => service.stop());

  const look = (): Promise<void> => service.part(WatchHome).look();

  /** Looks once as a process whose clock is ahead by so much, and then as one whose clock is right. */
  const lookAhead = async (ms: number): Promise<void> => {
    service.clock.goAstray(ms);
    await look();
    service.clock.goAstray(0);
    await look();
  };

  const heldOrder = async (): Promise<{ opportunityId: string; id: string }> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    return eventually(async () => {
      const { id } = await play.order(opportunityId);
      expect((await play.timeline(id)).map(({ kind }) => kind)).toContain('held');
      return { opportunityId, id };
    });
  };

  const atVictig = async (path: string, body: object): Promise<Record<string, string>> => {
    const answer = await fetch(`${service.sandbox.victigApiUrl}/clients/${SEED.victig.clients.main}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer demo-victig-token' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as Record<string, string>;
  };

  /** The original orders it after the backup was made, of which the copy knows nothing. */
  const orderAsOriginal = async (externalIdentifier: string): Promise<void> => {
    const { applicantGuid } = await atVictig('/applicants', {
      firstName: 'Ana',
      lastName: 'Ruiz',
      email: 'ana.ruiz@example.com',
    });
    const clientProductGuid = SEED.victig.products.criminalPackage1;
    // It waits for the candidate's form, and so stays as it is.
    await atVictig('/orders', { applicantGuid, clientProductGuid, externalIdentifier, useQuickApp: true });
  };

  /** The copy is told that it is one, and resumed. Answers the ids of the orders that it was shown as unknown. */
  const restore = async (): Promise<string[]> => {
    await service.part(Pauses).pause('command:service-pause');
    await look();
    const unknown = await service.admin.get('/admin/v1/pause/unknown-orders').expect(200);
    await service.admin.post('/admin/v1/pause/resume').send({ reason: 'T-1' }).expect(200);
    return (unknown.body as { items: { externalIdentifier: string }[] }).items.map(
      ({ externalIdentifier }) => externalIdentifier,
    );
  };

  it('writes down when it was seen by no clock that is ahead, and leaves no such time as it is (V4, F1)', async () => {
    const seenAhead = async (): Promise<boolean | undefined> => {
      const [seen] = await service.database.query<{ isAhead: boolean }[]>(
        `SELECT seen_at > clock_timestamp() AS "isAhead" FROM service_home`,
      );
      return seen?.isAhead;
    };
    service.clock.goAstray(6 * HOUR_MS);
    await look();
    expect(await seenAhead()).toBe(false);
    service.clock.goAstray(0);
    await service.database.query(`UPDATE service_home SET seen_at = clock_timestamp() + interval '6 hours'`);
    await look();
    expect(await seenAhead()).toBe(false);
  });

  it('orders nothing again that the original ordered, where the clock of one was ahead for a while (V4, F1)', async () => {
    await lookAhead(6 * HOUR_MS);
    const { opportunityId, id } = await heldOrder();
    await orderAsOriginal(id);
    expect(await restore()).toContain(id);
    await endHold(play, id);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.drive('GET', `/victig/orders?externalIdentifier=${id}`)).toHaveLength(1);
  });

  it('orders nothing again that the original ordered, where it is resumed by a clock that is behind (V4, F1)', async () => {
    const { opportunityId, id } = await heldOrder();
    await orderAsOriginal(id);
    service.clock.goAstray(-6 * HOUR_MS);
    await restore();
    service.clock.goAstray(0);
    await service.part(ServicePause).learn();
    await endHold(play, id);
    await play.untilStatus(opportunityId, 'Pending');
    expect(await play.drive('GET', `/victig/orders?externalIdentifier=${id}`)).toHaveLength(1);
  });

  it('knows what came before the last entry of a backup that says a time to come (V4, F1)', async () => {
    const order = await heldOrder();
    await orderAsOriginal(order.id);
    // Restored long after it was made, by a release that had written the time of a clock that was ahead.
    service.clock.forward(2 * HOUR_MS);
    await service.database.query(`UPDATE service_home SET seen_at = clock_timestamp() + interval '12 hours'`);
    expect(await restore()).toContain(order.id);
  });

  it('says that it is paused, though an earlier pause was noticed by a clock that was ahead (V4)', async () => {
    const seen = async (): Promise<unknown> => (await service.admin.get('/admin/v1/pause').expect(200)).body;
    service.clock.goAstray(6 * HOUR_MS);
    await restore();
    service.clock.goAstray(0);
    expect(await seen()).toMatchObject({ paused: false });
    await service.part(Pauses).pause('command:service-pause');
    expect(await seen()).toMatchObject({ paused: true });
    await service.admin.post('/admin/v1/pause/resume').send({ reason: 'T-1' }).expect(200);
    expect(await seen()).toMatchObject({ paused: false });
  });
});
