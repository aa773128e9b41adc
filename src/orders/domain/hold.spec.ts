import { describe, expect, it } from 'vitest';
import type { Opportunity } from '../ports/applicant-tracking.js';
import { heldUntil, laterEntry } from './hold.js';

const at = (time: string): Date => new Date(`2026-11-26T${time}:00Z`);
const HOUR = 3_600;

const opportunity: Opportunity = {
  id: 'opportunity',
  stageId: 'check',
  stageEnteredAt: at('10:00'),
  archived: false,
  anonymized: false,
  name: 'Ana Ruiz',
  emails: [],
  phones: [],
  tags: [],
  postingId: null,
  location: null,
};

const entry = { triggeredAt: at('10:00'), triggerStageId: 'check' };

describe('the hold of an order', () => {
  it.each([
    ['10:00', '10:05', '11:05'],
    ['10:59', '10:05', '11:59'],
  ])('of an entry at %s, opened at %s, ends at %s (T8)', (triggeredAt, createdAt, until) => {
    const entered = { ...entry, triggeredAt: at(triggeredAt) };
    expect(heldUntil({ createdAt: at(createdAt) }, entered, HOUR)).toEqual(at(until));
  });

  it('is none without a setting, whatever the clocks say (T8)', () => {
    expect(heldUntil({ createdAt: at('10:00') }, { ...entry, triggeredAt: at('23:00') }, 0)).toBeNull();
  });

  it.each([
    ['is there no more', null],
    ['stayed', opportunity],
    ['has no time of entry', { ...opportunity, stageEnteredAt: null }],
  ])('knows of no later entry of a candidate who %s (T8)', (_name, found) => {
    expect(laterEntry(entry, found)).toBeNull();
  });

  it('knows when and where one came back (T8)', () => {
    const back = { ...opportunity, stageId: 'other check', stageEnteredAt: at('10:59') };
    expect(laterEntry(entry, back)).toEqual({ triggeredAt: at('10:59'), triggerStageId: 'other check' });
  });
});
