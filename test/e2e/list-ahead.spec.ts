import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { roundOfReconciler } from '../support/round.js';
import { startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

describe("a list of VICTIG's that is ahead of the order's own answer", () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    // No callback tells of anything.
    await play.drive('DELETE', '/victig/callbacks');
  });
  afterAll(() => service.stop());

  const roundLater = async (): Promise<void> => {
    service.clock.forward(HOUR_MS);
    await roundOfReconciler(service);
    await play.untilAllRead();
  };

  it('is believed an hour later, when the order is read once more (V3)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    await play.untilAllRead();
    const { orderGuid, fileNumber } = await play.orderAtVictig(opportunityId);
    const readings = async (): Promise<number> => {
      const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
      return calls.filter(({ path }) => path.endsWith(`/orders/${orderGuid}`)).length;
    };
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: `/orders/${orderGuid}$` },
      kind: 'status',
      status: 200,
      body: { orderGuid, fileNumber, orderStatus: 'app-pending', searchFlagged: false },
      times: 1,
    });
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
    const before = await readings();
    await roundLater();
    expect(await readings()).toBe(before + 1);
    expect(await play.order(opportunityId)).toMatchObject({ status: 'pending' });
    // Not in each round: what the list says was read for.
    await roundOfReconciler(service);
    await play.untilAllRead();
    expect(await readings()).toBe(before + 1);

    await roundLater();
    const { tags, notes } = await play.untilStatus(opportunityId, 'Complete');
    expect(tags).toContain('Flag: True');
    expect(notes).toHaveLength(1);
    await eventually(async () =>
      expect(await play.order(opportunityId)).toMatchObject({ status: 'complete', flagged: true }),
    );
  });
});
