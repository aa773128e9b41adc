import { describe, expect, it } from 'vitest';
import {
  assertMove,
  IllegalMove,
  isFinal,
  OPEN_STATUSES,
  ORDER_STATUSES,
  TRANSITIONS,
  type OrderStatus,
} from './order-status.js';

describe('the state machine of an order', () => {
  it('reaches every status from received', () => {
    const reached = new Set<OrderStatus>(['received']);
    const frontier: OrderStatus[] = ['received'];
    for (let from = frontier.pop(); from; from = frontier.pop()) {
      for (const to of TRANSITIONS[from]) {
        if (!reached.has(to)) frontier.push(to);
        reached.add(to);
      }
    }
    expect([...reached].toSorted()).toEqual([...ORDER_STATUSES].toSorted());
  });

  it('makes the moves of its table and refuses all others', () => {
    for (const from of ORDER_STATUSES) {
      for (const to of ORDER_STATUSES) {
        const move = (): void => assertMove(from, to);
        if (TRANSITIONS[from].includes(to)) expect(move).not.toThrow();
        else expect(move).toThrow(IllegalMove);
      }
    }
  });

  it('ends in complete, rejected and canceled, and nowhere else', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['complete', 'rejected', 'canceled']);
    expect(OPEN_STATUSES).toEqual(['received', 'held', 'submitting', 'pending', 'in_progress', 'error']);
  });

  it('never goes from a later stage of the check to an earlier one', () => {
    const way: OrderStatus[] = ['received', 'held', 'submitting', 'pending', 'in_progress', 'complete'];
    way.forEach((from, index) => {
      for (const earlier of way.slice(0, index)) expect(TRANSITIONS[from]).not.toContain(earlier);
    });
  });
});
