import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { EVERY_INSTALLATION } from '../../src/platform/webhooks/inbox.js';
import { leverWebhook, OTHER_STAGE, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** For as long a token is remembered, however short the retention time. */
const SHORTEST_DAYS = 30;
/** So many of Lever's stay in any case. */
const LATEST = 20;
const DAY_MS = 24 * 3_600_000;

interface Kept {
  times?: number;
  daysAgo: number;
  outcome?: 'ignored' | 'acted_on' | 'queued';
  source?: 'lever' | 'victig';
  orderId?: string;
  opportunityId?: string;
}

describe('deliveries, when their time is over (A3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ RETENTION_DAYS: '1' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  /** An installation that hears of candidates still, so that its older deliveries tell nothing of its habits. */
  const installed = async (more: object = {}): Promise<string> => {
    const { id } = await new Play(service).setUp({}, more);
    await kept(id, { times: LATEST, daysAgo: 0 });
    return id;
  };
  /** Answers by what name they are counted. */
  const kept = async (installationId: string, delivery: Kept): Promise<string> => {
    const { times = 1, daysAgo, outcome = 'ignored', source = 'lever', orderId = null } = delivery;
    const event = randomUUID();
    await service.database.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome,
         reason, order_id)
       SELECT $1, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(random()::text), 1, 20))::uuid,
         $4, gen_random_uuid(), $6, $7::jsonb, at, at, $5, 'other_stage', $8
       FROM (SELECT now() - $3 * interval '1 day' AS at FROM generate_series(1, $2)) AS past`,
      [
        installationId,
        times,
        daysAgo,
        source,
        outcome,
        event,
        { opportunityId: delivery.opportunityId ?? 'nobody' },
        orderId,
      ],
    );
    return event;
  };
  const left = async (event: string): Promise<number> => {
    const [row] = await service.database.query<{ count: number }[]>(
      'SELECT count(*)::int AS count FROM deliveries WHERE event = $1',
      [event],
    );
    return row?.count ?? 0;
  };
  const round = () => service.part(EnforceRetention).handle();

  it('go if they were ignored, more of them than one batch holds, and later ones stay', async () => {
    const id = await installed();
    const old = await kept(id, { times: 1_300, daysAgo: SHORTEST_DAYS + 1 });
    const callbacks = await kept(id, { times: 3, daysAgo: SHORTEST_DAYS + 1, source: 'victig' });
    const later = await kept(id, { times: 3, daysAgo: SHORTEST_DAYS - 1 });
    await round();
    expect([await left(old), await left(callbacks), await left(later)]).toEqual([0, 0, 3]);
  });

  it("go of those that came to the service's own route, too", async () => {
    const old = await kept(EVERY_INSTALLATION, { times: 3, daysAgo: SHORTEST_DAYS + 1, source: 'victig' });
    const later = await kept(EVERY_INSTALLATION, { daysAgo: SHORTEST_DAYS - 1, source: 'victig' });
    await round();
    expect([await left(old), await left(later)]).toEqual([0, 1]);
  });

  it('stay as long as an installation keeps its records (A3)', async () => {
    const id = await installed({ retention: { days: 60, floorDays: 0 } });
    const old = await kept(id, { daysAgo: 61 });
    const later = await kept(id, { daysAgo: 59 });
    await round();
    expect([await left(old), await left(later)]).toEqual([0, 1]);
  });

  it('stay if they led to something, or wait', async () => {
    const id = await installed();
    const old = { daysAgo: SHORTEST_DAYS + 1 };
    const events = [
      await kept(id, { ...old, outcome: 'acted_on', orderId: randomUUID() }),
      await kept(id, { ...old, outcome: 'queued' }),
    ];
    await round();
    for (const event of events) expect(await left(event)).toBe(1);
  });

  it('stay as long as they are told of in the timeline of an order that is not erased, or is held (A3)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id: orderId } = await play.order(opportunityId);
    const id = play.installation.id;
    await kept(id, { times: LATEST, daysAgo: 0 });
    const events = [
      await kept(id, { daysAgo: SHORTEST_DAYS + 1, orderId }),
      await kept(id, { daysAgo: SHORTEST_DAYS + 1, opportunityId }),
      await kept(EVERY_INSTALLATION, { daysAgo: SHORTEST_DAYS + 1, orderId, source: 'victig' }),
    ];
    const counts = (): Promise<number[]> => Promise.all(events.map(left));
    const withOrder = async (is: string): Promise<number[]> => {
      await service.database.query(`UPDATE orders SET ${is} WHERE id = $1`, [orderId]);
      await round();
      return counts();
    };
    await round();
    expect(await counts()).toEqual([1, 1, 1]);
    expect(await withOrder(`erased_at = now(), legal_hold_reason = 'CASE-1'`)).toEqual([1, 1, 1]);
    expect(await withOrder('legal_hold_reason = NULL')).toEqual([0, 0, 0]);
  });

  it('stay while they are the latest of their installation, so that it is seen to have fallen silent', async () => {
    const { id } = await new Play(service).setUp();
    const older = await kept(id, { times: 3, daysAgo: SHORTEST_DAYS + 2 });
    const latest = await kept(id, { times: LATEST, daysAgo: SHORTEST_DAYS + 1 });
    await round();
    expect([await left(older), await left(latest)]).toEqual([0, LATEST]);
  });

  it('are not let in again once their token is forgotten: it is too old by then (T2, T3)', async () => {
    const body = leverWebhook({ data: { opportunityId: 'nobody', toStageId: OTHER_STAGE } });
    const id = play.installation.id;
    const remembered = async (): Promise<number> => {
      const [row] = await service.database.query<{ count: number }[]>(
        `SELECT count(*)::int AS count FROM deliveries WHERE installation_id = $1 AND triggered_at = $2`,
        [id, new Date(body['triggeredAt'] as number)],
      );
      return row?.count ?? 0;
    };
    await play.knock(body).expect(200);
    await kept(id, { times: LATEST, daysAgo: 0 });
    for (const days of [14, SHORTEST_DAYS - 15]) {
      service.clock.forward(days * DAY_MS);
      await round();
      expect(await remembered()).toBe(1);
      await play.knock(body).expect(days === 14 ? 200 : 401);
      expect(await remembered()).toBe(1);
    }
    service.clock.forward(2 * DAY_MS);
    await round();
    expect(await remembered()).toBe(0);
    await play.knock(body).expect(401);
    expect(await remembered()).toBe(0);
  });
});
