import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ScreeningProvider } from '../../src/orders/ports/screening-provider.js';
import { eventually } from '../support/eventually.js';
import { createInstallation } from '../support/new-installation.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const LIST_PAGES = 3;

describe('an account at VICTIG that answers slowly, or not at all (V3, F3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ RECONCILE_INTERVAL_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
    await play.drive('PATCH', '/victig/behaviour', { silentEvents: ['order.quickapp.completed'] });
  });
  afterAll(() => service.stop());

  /** An installation with a token of its own, and an open order of one of its clients. */
  const openOrderOfAnother = async (): Promise<{ installationId: string; clientGuid: string }> => {
    const clientGuid = randomUUID();
    const installationId = await createInstallation(service, {
      name: 'Another account',
      victig: { clientGuid, apiToken: `token-of-${clientGuid}` },
    });
    await service.database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, client_guid, provider_order_guid, status, ordered_at,
         news_at, updated_at, raw_status, sequence, settings_version, triggered_at, refreshed_at, created_at)
       VALUES ($1, $2::uuid, 'nobody', $3, $5, 'pending', $4, $4, $4, 'app-pending', 1, 1, $4, $4, $4)`,
      [installationId, randomUUID(), clientGuid, service.clock.now(), randomUUID()],
    );
    return { installationId, clientGuid };
  };

  const roundsEnded = async (): Promise<number> => {
    const [row] = await service.database.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'reconcile-orders' AND state = 'completed'`,
    );
    return row?.count ?? 0;
  };
  const untilMoreRounds = async (more: number): Promise<void> => {
    const before = await roundsEnded();
    await eventually(async () => expect(await roundsEnded()).toBeGreaterThanOrEqual(before + more));
  };

  it("keeps no other's missed changes waiting, and piles up no work of its own (V3, F3)", async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();

    const { installationId, clientGuid } = await openOrderOfAnother();
    const provider = service.part(ScreeningProvider);
    const listOrders = provider.listOrders.bind(provider);
    let asked = 0;
    let answer = (): void => undefined;
    const silence = new Promise<void>((end) => (answer = end));
    const listing = vi
      .spyOn(provider, 'listOrders')
      .mockImplementation(async (installationId, client, page) => {
        if (client !== clientGuid) return listOrders(installationId, client, page);
        asked++;
        await silence;
        return { orders: [], hasNext: page < LIST_PAGES - 1 };
      });
    await eventually(() => expect(asked).toBe(1));

    // Of this no callback tells: a round that begins now has to find it.
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'In Progress');

    await untilMoreRounds(3);
    expect(asked).toBe(1);
    const left = await service.database.query<{ state: string }[]>(
      `SELECT state FROM pgboss.job WHERE name = 'reconcile-account' AND state <= 'active'
         AND data -> 'payload' ->> 'account' = $1 ORDER BY state`,
      [await provider.accountOf(installationId)],
    );
    expect(left).toEqual([{ state: 'created' }, { state: 'active' }]);

    answer();
    await eventually(() => expect(asked).toBeGreaterThanOrEqual(LIST_PAGES));
    listing.mockRestore();
  });
});
