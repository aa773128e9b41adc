import { describe, expect, it } from 'vitest';
import type { OrderStatus } from '../domain/order-status.js';
import { foretellReplay, type ReplayStanding } from './replay-effect.js';

const MISSED = { outcome: 'ignored', reason: 'installation_paused' } as const;
const PARKED = { outcome: 'queued', reason: 'installation_disconnected' } as const;
const ACTED_ON = { outcome: 'acted_on', reason: null } as const;
const CALLBACK = { outcome: 'acted_on', reason: null } as const;

const guidIn = (status: OrderStatus): string | null =>
  status === 'pending' || status === 'complete' ? 'guid' : null;

describe('what a replay of a delivery comes to', () => {
  const foretell = (
    delivery: Parameters<typeof foretellReplay>[0],
    installation: ReplayStanding['installation'],
    order?: OrderStatus,
    more: Partial<ReplayStanding['order']> = {},
    leftUnchecked = false,
    callback?: ReplayStanding['callback'],
  ) =>
    foretellReplay(delivery, {
      installation,
      leftUnchecked,
      callback,
      order: order && { status: order, providerOrderGuid: guidIn(order), submitStartedAt: null, ...more },
    });

  it.each([
    ['paused', 'the installation is paused'],
    ['draft', 'the installation is a draft'],
  ] as const)('is to be ignored again while the installation is %s (T5)', (state, says) => {
    const { effect, message } = foretell(MISSED, state);
    expect(effect).toBe('ignore');
    expect(message).toContain(says);
    expect(message).toContain('activate that first');
  });

  it('is to wait while the installation is disconnected, and also where it was paused since (I6)', () => {
    for (const [delivery, state] of [
      [MISSED, 'disconnected'],
      [PARKED, 'disconnected'],
      [PARKED, 'paused'],
    ] as const) {
      const { effect, message } = foretell(delivery, state);
      expect(effect).toBe('wait');
      expect(message).toContain(`while the installation is ${state}`);
      expect(message).toContain('Activate the installation first');
    }
  });

  it('is an order that waits where VICTIG has not been asked for it yet (T5, I6)', () => {
    for (const status of ['received', 'held'] as const) {
      expect(foretell(ACTED_ON, 'paused', status).effect).toBe('order_waits');
      expect(foretell(ACTED_ON, 'disconnected', status).message).toContain('is disconnected');
      expect(foretell(ACTED_ON, 'active', status).effect).toBe('go_on');
    }
  });

  it('is an order that goes on when its hold ends, not at once, while it is held (T8)', () => {
    const { effect, message } = foretell(ACTED_ON, 'active', 'held');
    expect(effect).toBe('go_on');
    expect(message).toBe(
      'The order that it led to is held, and goes on when the hold ends; no other is placed.',
    );
    expect(foretell(ACTED_ON, 'active', 'received').message).toContain('goes on at once');
  });

  it('is an order that waits also where it is in error, or mapped already, and was not sent (S3, T5)', () => {
    for (const status of ['error', 'submitting'] as const) {
      for (const state of ['paused', 'disconnected'] as const) {
        const { effect, message } = foretell(ACTED_ON, state, status);
        expect(effect).toBe('order_waits');
        expect(message).toContain(`is ${state}: activate that first`);
      }
      expect(foretell(ACTED_ON, 'active', status).effect).toBe('go_on');
      // Whether VICTIG took it is found out in any case.
      expect(foretell(ACTED_ON, 'paused', status, { submitStartedAt: new Date() }).effect).toBe('go_on');
    }
    expect(foretell(ACTED_ON, 'paused', 'error', { providerOrderGuid: 'guid' }).effect).toBe('go_on');
  });

  it('is to be ignored, whatever the installation is, where a candidate left of whom no check runs (T7)', () => {
    for (const state of ['active', 'paused', 'draft', 'disconnected'] as const) {
      for (const delivery of [MISSED, PARKED]) {
        const { effect, message } = foretell(delivery, state, undefined, {}, true);
        expect(effect).toBe('ignore');
        expect(message).toContain('no check of theirs runs');
        expect(message).not.toContain('activate');
      }
    }
  });

  it('is what it is while the installation is active; what is at VICTIG goes on in any case', () => {
    expect(foretell(MISSED, 'active').effect).toBe('decide');
    expect(foretell(PARKED, 'active').effect).toBe('decide');
    for (const state of ['active', 'paused', 'disconnected'] as const) {
      expect(foretell(ACTED_ON, state, 'pending').effect).toBe('go_on');
      expect(foretell(ACTED_ON, state, 'complete').effect).toBe('nothing');
      expect(foretell(CALLBACK, state, 'pending', {}, false, 'placed').effect).toBe('read_order');
    }
  });

  it('is, of a callback, no reading where its order is not known to be at VICTIG, or was erased (V2, A3)', () => {
    for (const state of ['active', 'paused', undefined] as const) {
      const callback = (standing: ReplayStanding['callback'], order?: OrderStatus) =>
        foretell(CALLBACK, state, order, {}, false, standing);
      const of = { unknown: callback('unknown'), awaited: callback('awaited', 'submitting') };
      expect(of.unknown).toEqual({
        effect: 'ignore',
        message: expect.stringContaining('more than a day ago') as string,
      });
      expect(of.awaited).toEqual({
        effect: 'wait',
        message: expect.stringContaining('until the order that it is about is known') as string,
      });
      expect(callback('erased', 'complete')).toEqual({
        effect: 'nothing',
        message: expect.stringContaining('was erased') as string,
      });
    }
  });
});
