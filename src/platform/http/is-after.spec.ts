import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { IsAfter } from './is-after.js';

class Window {
  from?: unknown;

  @IsAfter('from')
  to: unknown;
}

const faultsOf = (from: unknown, to: unknown): string[] =>
  validateSync(Object.assign(new Window(), { from, to })).flatMap(({ constraints }) =>
    Object.values(constraints ?? {}),
  );

describe('the end of a window', () => {
  it.each([
    ['2027-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
    // The same moment.
    ['2026-01-01T00:00:00Z', '2026-01-01T02:00:00+02:00'],
  ])('is refused where it is not later than the beginning, both named: %s, %s (F6)', (from, to) => {
    expect(faultsOf(from, to)).toEqual([
      'to must be later than from: no time is at from or later and before to',
    ]);
  });

  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.001Z'],
    ['2026-01-01T01:00:00+02:00', '2026-01-01T00:00:00Z'],
    [undefined, '2026-01-01T00:00:00Z'],
    // For other rules to refuse.
    [['2027-01-01T00:00:00Z'], '2026-01-01T00:00:00Z'],
    ['tomorrow', '2026-01-01T00:00:00Z'],
    ['2026-01-01T00:00:00Z', 'yesterday'],
  ])('may be any other: %s, %s', (from, to) => {
    expect(faultsOf(from, to)).toEqual([]);
  });
});
