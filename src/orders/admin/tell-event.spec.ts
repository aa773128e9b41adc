import { describe, expect, it } from 'vitest';
import { tellEvent } from './tell-event.js';

describe('an event of an order', () => {
  it('is told in a sentence', () => {
    expect(tellEvent('waits_for_turn', { vendor: 'VICTIG' })).toBe(
      'It waits for its turn: other work is before it, and VICTIG allows only so many calls.',
    );
  });

  it.each([
    ['taken_over', 'taken over'],
    ['constructor', 'constructor'],
  ])('of a kind that only a newer version knows (%s) is told by its name', (kind, text) => {
    expect(tellEvent(kind as 'opened', { deliveryId: null })).toBe(text);
  });
});
