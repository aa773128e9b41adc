import { describe, expect, it } from 'vitest';
import { stepOfCarry, type Carry } from './keyboard-carry';

const carry: Carry = { candidateId: 'ana', from: 1, over: 1 };

describe('a card carried by the keyboard', () => {
  it('goes from column to column, and not beyond the last', () => {
    expect(stepOfCarry(carry, 'ArrowRight', 3)).toEqual({ do: 'carry', carry: { ...carry, over: 2 } });
    expect(stepOfCarry({ ...carry, over: 2 }, 'ArrowRight', 3)?.carry.over).toBe(2);
    expect(stepOfCarry({ ...carry, over: 0 }, 'ArrowLeft', 3)?.carry.over).toBe(0);
    expect(stepOfCarry(carry, 'End', 3)?.carry.over).toBe(2);
    expect(stepOfCarry(carry, 'Home', 3)?.carry.over).toBe(0);
  });

  it('is dropped or put back; other keys do nothing', () => {
    expect([' ', 'Enter'].map((key) => stepOfCarry(carry, key, 3)?.do)).toEqual(['drop', 'drop']);
    expect(['Escape', 'Tab'].map((key) => stepOfCarry(carry, key, 3)?.do)).toEqual(['cancel', 'cancel']);
    expect(stepOfCarry(carry, 'a', 3)).toBeNull();
  });
});
