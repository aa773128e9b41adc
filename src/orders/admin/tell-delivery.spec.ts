import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { DELIVERY_REASONS, tellDelivery } from './tell-delivery.js';

const tell = (delivery: Partial<Delivery>): string =>
  tellDelivery({ source: 'lever', outcome: 'ignored', reason: null, ...delivery } as Delivery);

describe('what a timeline says of a delivery', () => {
  it.each([
    ['candidateStageChange', 'Lever told of a stage change (candidateStageChange); nothing was done: '],
    [
      'candidateArchiveChange',
      'Lever told of a move to or from the archive (candidateArchiveChange); nothing was done: ',
    ],
    ['candidateDeleted', 'Lever told of a candidate who was deleted (candidateDeleted); nothing was done: '],
    ['candidateHired', 'Lever told of something (candidateHired); nothing was done: '],
  ])('is what Lever told of: %s', (event, sentence) => {
    expect(tell({ event, reason: 'no_check_running' })).toBe(
      `${sentence}there is no check at VICTIG that would have to be stopped.`,
    );
  });

  it('is why nothing was done, and of a reason that only a newer version knows its words', () => {
    const event = 'candidateStageChange';
    expect(tell({ event, reason: 'order_open' })).toMatch(/: an order of the candidate was open already\.$/);
    expect(tell({ event, reason: 'not_on_mondays' })).toMatch(/: not on mondays\.$/);
  });

  it('is that it waits, or was acted on, and why', () => {
    const event = 'status.change';
    expect(tell({ source: 'victig', event, outcome: 'queued' })).toBe(
      'VICTIG called back (status.change); it waits to be worked on.',
    );
    expect(tell({ source: 'victig', event, outcome: 'acted_on' })).toBe(
      'VICTIG called back (status.change); it was acted on.',
    );
  });

  it('is in the page for who looks for a result, with what to do', () => {
    const page = readFileSync('docs/no-result.md', 'utf8');
    const missing = Object.keys(DELIVERY_REASONS).filter((reason) => !page.includes(`\`${reason}\``));
    expect(missing).toEqual([]);
  });
});
