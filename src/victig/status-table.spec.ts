import { describe, expect, it } from 'vitest';
import { SCREENING_PHASES } from '../orders/ports/screening-provider.js';
import { STATUS_PHASES, phaseOf } from './status-table.js';

describe('the table of VICTIG statuses (S4)', () => {
  it.each([
    ['app-pending', 'invited'],
    ['draft', 'invited'],
    ['app-ready', 'in_progress'],
    ['new', 'in_progress'],
    ['pending', 'in_progress'],
    ['pre-pull', 'in_progress'],
    ['dispatched qc', 'in_progress'],
    ['qa review', 'in_progress'],
    ['pending review', 'in_progress'],
    ['client message', 'in_progress'],
    ['end-user', 'in_progress'],
    ['complete', 'complete'],
    ['canceled', 'canceled'],
    ['internal-error', 'failed'],
    ['archived', 'keep'],
  ])('takes %s for %s (S4)', (status, phase) => expect(phaseOf(status)).toBe(phase));

  it('has no status that is not tested above, and reaches every phase (S4)', () => {
    expect(Object.keys(STATUS_PHASES)).toHaveLength(15);
    expect(new Set([...Object.values(STATUS_PHASES), 'unknown'])).toEqual(new Set(SCREENING_PHASES));
  });

  it.each(['on hold', 'Complete', 'cancelled', '', 'constructor', '__proto__'])(
    'does not guess what %j means (S4)',
    (status) => expect(phaseOf(status)).toBe('unknown'),
  );
});
