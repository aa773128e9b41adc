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

  it.each([
    [{}, 'Lever is not up to date for now, and it is tried again: connect it again.'],
    [
      { untilConnected: true as const },
      'Lever is not up to date, and will not be before it is connected again: connect it again.',
    ],
  ])('that waits for a person promises no retry, and each ends once (%j)', (more, text) => {
    const data = { failure: 'unauthorized', message: 'connect it again.', permission: null, ...more };
    expect(tellEvent('report_trouble', data)).toBe(text);
  });

  it('of an erasure or a removal from before tells no more than it holds', () => {
    expect(tellEvent('erased', { cause: 'request' })).toBe(
      'Personal data and results were erased on request.',
    );
    expect(tellEvent('removed_from_lever', { tags: 2, notes: 1, gone: false })).toBe(
      'Our tags (2), notes (1) and files (0) were removed from Lever.',
    );
  });
});
