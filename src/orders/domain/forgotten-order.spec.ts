import { describe, expect, it } from 'vitest';
import { decideTrigger, type Trigger } from './decide-trigger.js';
import { showsForgottenOrder } from './forgotten-order.js';

const PREFIX = 'Background Check Status:';
const shown = (...tags: string[]) => ({ shownTags: tags, stuckTags: [] });
const stuck = (...tags: string[]) => ({ shownTags: [], stuckTags: tags });

describe('an opportunity that shows an order nobody here knows of (V4)', () => {
  it.each([
    ['Pending', null, true],
    ['In Progress', null, true],
    ['Complete', shown(`${PREFIX} Rejected`), true],
    ['Error', shown(), true],
    // Of these nothing is at VICTIG, or nothing that goes on.
    ['Rejected', null, false],
    ['Canceled', null, false],
    ['Pending', shown(`${PREFIX} Pending`), false],
    ['Pending', stuck(`${PREFIX} Pending`), false],
    ['Perhaps', null, false],
  ])('is told by %s, with %o known', (value, latest, expected) => {
    expect(showsForgottenOrder(['met at fair', `${PREFIX} ${value}`], PREFIX, latest)).toBe(expected);
  });

  it('is not told by tags of others, nor by none', () => {
    expect(showsForgottenOrder(['Status: Pending', 'Pending'], PREFIX, null)).toBe(false);
    expect(showsForgottenOrder([], PREFIX, null)).toBe(false);
  });

  const trigger: Trigger = {
    opportunity: {
      id: 'opportunity',
      stageId: 'stage',
      stageEnteredAt: null,
      archived: false,
      anonymized: false,
      name: 'Ana Ruiz',
      emails: [],
      phones: [],
      tags: [],
      postingId: null,
      location: null,
    },
    triggerStageIds: ['stage'],
    reorder: 'always',
    latest: null,
    triggeredAt: new Date('2026-11-25T10:00:00Z'),
    now: new Date('2026-11-25T10:00:01Z'),
  };

  it('orders nothing for it, and as always for others', () => {
    expect(decideTrigger({ ...trigger, showsForgottenOrder: true })).toEqual({
      act: 'ignore',
      reason: 'ordered_before_restore',
    });
    expect(decideTrigger({ ...trigger, showsForgottenOrder: false })).toMatchObject({ act: 'open' });
  });
});
