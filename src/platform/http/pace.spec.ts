import { describe, expect, it } from 'vitest';
import { paceOf } from './pace.js';

const VICTIG = { requestsPerSecond: 5, burst: 10, requestsPerDay: 20_000 };

describe('the pace of calls (F3)', () => {
  it('leaves half of the burst to the more urgent, and a tenth of the day to new orders', () => {
    expect(paceOf(VICTIG, 'interactive')).toEqual({
      stepMs: 200,
      toleranceMs: 1_775,
      horizonMs: 443.75,
      dayLimit: 18_000,
    });
    expect(paceOf(VICTIG, 'order')).toMatchObject({ toleranceMs: 1_331.25, dayLimit: 20_000 });
    expect(paceOf(VICTIG, 'background')).toMatchObject({ toleranceMs: 887.5, dayLimit: 18_000 });
    expect(paceOf(VICTIG, 'polling')).toMatchObject({ toleranceMs: 443.75, dayLimit: 15_000 });
  });

  it('reserves no further ahead than the next more urgent priority may pass', () => {
    const [interactive, order, background] = (['interactive', 'order', 'background'] as const).map(
      (priority) => paceOf(VICTIG, priority),
    );
    expect((order?.toleranceMs ?? 0) + (order?.horizonMs ?? 0)).toBe(interactive?.toleranceMs);
    expect((background?.toleranceMs ?? 0) + (background?.horizonMs ?? 0)).toBe(order?.toleranceMs);
  });

  it('reserves one call ahead where there is no burst', () => {
    const pace = paceOf({ requestsPerSecond: 3, burst: 1 }, 'order');
    expect(pace).toEqual({ stepMs: 333.334, toleranceMs: 0, horizonMs: 333.334, dayLimit: null });
  });
});
