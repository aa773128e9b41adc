import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UpstreamError, type UpstreamFailure } from '../errors/upstream-error.js';
import { Breakers } from './breakers.js';
import { BreakerOpen, VendorBreaker } from './vendor-breaker.js';

const failed = (failure: UpstreamFailure): UpstreamError =>
  new UpstreamError(failure, { vendor: 'Lever', operation: 'GET /stages', fate: 'unknown' });

describe('the breaker of a vendor account (F4)', () => {
  let breaker: VendorBreaker;
  let made: number;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    breaker = new VendorBreaker(() => 1);
    made = 0;
  });
  afterEach(() => vi.useRealTimers());

  const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
  const ok = (operation = 'GET /stages'): Promise<unknown> => breaker.run(operation, async () => ++made);
  const fail = (failure: UpstreamFailure, operation = 'GET /stages'): Promise<unknown> =>
    breaker
      .run(operation, async () => {
        made++;
        throw failed(failure);
      })
      .catch((error: unknown) => error);
  const open = async (): Promise<void> => {
    for (const operation of ['a', 'b', 'a', 'b', 'a']) await fail('unavailable', operation);
    expect(breaker.state).toBe('open');
  };

  it.each(['unreachable', 'timed_out', 'unavailable'] as const)(
    'opens when five calls of several operations in a row are %s',
    async (failure) => {
      for (const operation of ['a', 'b', 'a', 'b']) await fail(failure, operation);
      expect(breaker.state).toBe('closed');
      await fail(failure, 'a');
      expect(breaker.state).toBe('open');
    },
  );

  it.each(['unauthorized', 'rejected', 'rate_limited', 'malformed'] as const)(
    'does not open when calls are %s: the vendor answers',
    async (failure) => {
      for (let n = 0; n < 30; n++) await fail(failure, `operation ${n}`);
      expect(breaker.state).toBe('closed');
      expect(made).toBe(30);
    },
  );

  it('does not open when calls were not begun, for the process itself had stood still', async () => {
    const details = {
      vendor: 'Lever',
      operation: 'POST /notes',
      fate: 'not_sent',
      code: 'too_late',
    } as const;
    for (let n = 0; n < 30; n++) {
      const run = breaker.run(`operation ${n}`, () =>
        Promise.reject(new UpstreamError('timed_out', details)),
      );
      await expect(run).rejects.toMatchObject({ details });
    }
    expect(breaker.state).toBe('closed');
  });

  it('starts counting again with every answer, also a refusal', async () => {
    for (let n = 0; n < 30; n++) {
      for (const operation of ['a', 'b', 'a', 'b']) await fail('timed_out', operation);
      if (n % 2 === 0) await ok();
      else await fail('rejected');
    }
    expect(breaker.state).toBe('closed');
  });

  it('does not take one slow operation for an outage as soon', async () => {
    for (let n = 0; n < 9; n++) await fail('timed_out', 'POST /slow');
    expect(breaker.state).toBe('closed');
    await fail('timed_out', 'POST /slow');
    expect(breaker.state).toBe('open');
  });

  it('makes no call while it is open, and says when to come back', async () => {
    await open();
    pass(500);
    const before = made;
    await expect(ok()).rejects.toEqual(new BreakerOpen(1_500));
    expect(() => breaker.check()).toThrow(BreakerOpen);
    expect(made).toBe(before);
  });

  it('lets one call through after the pause, and all when it is answered', async () => {
    await open();
    pass(2_000);
    let answer = (): void => undefined;
    const probe = breaker.run('a', () => new Promise<void>((done) => (answer = done)));
    expect(breaker.state).toBe('half_open');
    await expect(ok()).rejects.toBeInstanceOf(BreakerOpen);
    answer();
    await probe;
    expect(breaker.state).toBe('closed');
    await ok();
    expect(breaker.isQuiet).toBe(true);
  });

  it('counts a refusal as an answer to the call that tries', async () => {
    await open();
    pass(2_000);
    await fail('unauthorized');
    expect(breaker.state).toBe('closed');
  });

  it('pauses twice as long each time, for a minute at the most', async () => {
    await open();
    const pauses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const refused = (await ok().catch((error: unknown) => error)) as BreakerOpen;
      pauses.push(refused.retryAfterMs);
      pass(refused.retryAfterMs);
      await fail('unreachable');
      expect(breaker.state).toBe('open');
    }
    expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });
});

describe('the breakers of a process (F4)', () => {
  it('are one for each account: one customer does not stop another, and what is quiet is forgotten', async () => {
    const breakers = new Breakers();
    const call = (limitKey: string, work: () => Promise<unknown>): Promise<unknown> =>
      breakers.run({ vendor: 'Lever', limitKey, operation: 'GET /stages' }, work);
    for (let n = 0; n < 12; n++) {
      await call('lever:a', () => Promise.reject(failed('unavailable'))).catch(() => undefined);
    }
    expect(() => breakers.check('lever:a')).toThrow(BreakerOpen);
    breakers.check('lever:b');
    expect(await call('lever:b', () => Promise.resolve('yes'))).toBe('yes');
    expect(breakers.snapshot()).toEqual([
      { vendor: 'Lever', accounts: { closed: 0, open: 1, half_open: 0 } },
    ]);
  });

  it('keep an open breaker when a call ends that began before the others failed', async () => {
    const breakers = new Breakers();
    const call = (work: () => Promise<unknown>): Promise<unknown> =>
      breakers.run({ vendor: 'Lever', limitKey: 'lever:a', operation: 'GET /stages' }, work);
    const late = Promise.withResolvers<void>();
    const slow = call(() => late.promise);
    await call(() => Promise.resolve());
    for (let n = 0; n < 12; n++) {
      await call(() => Promise.reject(failed('unavailable'))).catch(() => undefined);
    }
    late.resolve();
    await slow;
    expect(() => breakers.check('lever:a')).toThrow(BreakerOpen);
  });

  it('let a call through within a minute, also when the clock was set back meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const breakers = new Breakers();
      const call = (work: () => Promise<unknown>): Promise<unknown> =>
        breakers.run({ vendor: 'Lever', limitKey: 'lever:a', operation: 'GET /stages' }, work);
      for (let n = 0; n < 12; n++) {
        await call(() => Promise.reject(failed('unavailable'))).catch(() => undefined);
      }
      vi.setSystemTime(Date.now() - 3_600_000 + 60_000);
      breakers.check('lever:a');
      expect(await call(() => Promise.resolve('yes'))).toBe('yes');
    } finally {
      vi.useRealTimers();
    }
  });
});
