import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SetClock } from '../../../test/support/set-clock.js';
import { Allowance } from './allowance.js';

const MINUTE_MS = 60_000;

describe('the allowance of a caller (A5)', () => {
  it("is a minute's worth at once, and then one as often as it fills (A5)", () => {
    const clock = new SetClock();
    const allowance = new Allowance(6, clock);
    expect(Array.from({ length: 6 }, () => allowance.take('ada'))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(allowance.take('ada')).toBe(10_000);
    expect(['ada', 'bob', 'ada', 'bob'].map((caller) => allowance.isSpent(caller))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(allowance.take('bob')).toBe(0);
    clock.advance(9_999);
    expect(allowance.take('ada')).toBe(1);
    clock.advance(1);
    expect(allowance.take('ada')).toBe(0);
    expect(allowance.take('ada')).toBe(10_000);
  });

  it('is whole again after a minute, and never more than whole (A5)', () => {
    const clock = new SetClock();
    const allowance = new Allowance(3, clock);
    for (let i = 0; i < 3; i++) allowance.take('ada');
    clock.advance(10 * MINUTE_MS);
    const taken = Array.from({ length: 4 }, () => allowance.take('ada'));
    expect(taken.map((waitMs) => waitMs === 0)).toEqual([true, true, true, false]);
  });

  it('tells how much of it is left, and when it is whole again (A5)', () => {
    const clock = new SetClock();
    const allowance = new Allowance(7, clock);
    expect(allowance.standingOf('ada')).toEqual({ perMinute: 7, left: 7, wholeInMs: 0 });
    for (let taken = 1; taken <= 7; taken++) {
      allowance.take('ada');
      expect(allowance.standingOf('ada')).toMatchObject({ left: 7 - taken });
    }
    allowance.take('ada');
    expect(allowance.standingOf('ada')).toMatchObject({ left: 0 });
    clock.advance(MINUTE_MS / 2);
    expect(allowance.standingOf('ada')).toMatchObject({ left: 3 });
    expect(new Allowance(0, clock).standingOf('ada')).toBeNull();
  });

  it('keeps nobody out for longer than a minute when the clock is put back (A5)', () => {
    const clock = new SetClock();
    const allowance = new Allowance(3, clock);
    for (let i = 0; i < 3; i++) allowance.take('ada');
    clock.advance(-60 * MINUTE_MS);
    expect(allowance.take('ada')).toBe(0);
  });

  it('never lets through more than twice its size in any minute, and waiting as told always helps (A5)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }),
        (perMinute, pauses) => {
          const clock = new SetClock();
          const allowance = new Allowance(perMinute, clock);
          const letIn: number[] = [];
          for (const pauseMs of pauses) {
            clock.advance(pauseMs);
            const waitMs = allowance.take('ada');
            if (waitMs > 0) {
              clock.advance(Math.ceil(waitMs));
              expect(allowance.take('ada')).toBe(0);
            }
            letIn.push(clock.now().getTime());
          }
          for (const start of letIn) {
            const within = letIn.filter((at) => at >= start && at < start + MINUTE_MS);
            expect(within.length).toBeLessThanOrEqual(2 * perMinute);
          }
        },
      ),
    );
  });

  it('has no end where it is 0, and then remembers nobody', () => {
    const allowance = new Allowance(0, new SetClock());
    for (let i = 0; i < 1_000; i++) expect(allowance.take('ada')).toBe(0);
    expect(allowance.size).toBe(0);
  });

  it('remembers no more callers than it has room for, those seen last', () => {
    const allowance = new Allowance(1, new SetClock());
    for (let i = 0; i < 20_500; i++) allowance.take(`caller-${i}`);
    expect(allowance.size).toBe(20_000);
    expect(allowance.take('caller-20499')).toBeGreaterThan(0);
    expect(allowance.take('caller-0')).toBe(0);
  });
});
