import { expect } from 'vitest';
import { eventually } from './eventually.js';
import { OTHER_STAGE, type Play } from './play.js';
import { untilDone } from './until-done.js';

const HOLD_SECONDS = 600;

/** The candidate, whose last order has ended, enters the stage, and the new order is held. Answers its id. */
export async function enterHold(play: Play, opportunityId: string): Promise<string> {
  const { id: before } = await play.order(opportunityId);
  await play.change({ settings: { holdSeconds: HOLD_SECONDS } });
  await play.move(opportunityId);
  return eventually(async () => {
    const order = await play.order(opportunityId);
    expect(order.id).not.toBe(before);
    expect((await play.timeline(order.id)).map(({ kind }) => kind)).toContain('held');
    return order.id;
  });
}

/** The time of the hold is over, and the order goes on. */
export async function endHold({ service }: Play, orderId: string): Promise<void> {
  service.clock.forward(HOLD_SECONDS * 1_000);
  await service.database.query(
    `UPDATE pgboss.job SET start_after = now()
     WHERE name = 'place-order' AND state = 'created' AND data -> 'payload' ->> 'orderId' = $1`,
    [orderId],
  );
}

/**
 * The candidate, whose last order has ended, enters the stage and leaves it again before anything is ordered: the new order
 * ends without a word (T8).
 */
export async function leaveInHold(play: Play, opportunityId: string): Promise<void> {
  const id = await enterHold(play, opportunityId);
  await play.move(opportunityId, OTHER_STAGE);
  await endHold(play, id);
  await eventually(async () =>
    expect(await play.order(opportunityId)).toMatchObject({
      id,
      status: 'canceled',
      statusReason: 'not_in_trigger_stage',
    }),
  );
  await untilDone(play.service, ['place-order', 'report-progress'], { opportunityId });
  await play.change({ settings: { holdSeconds: 0 } });
}
