import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

describe('turns', () => {
  it('let work of one key follow in the order it came, whatever becomes of what was before', async () => {
    const turns = new Turns();
    const said: string[] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const first = turns.take('a', async () => {
      said.push('first begins');
      await gate;
      said.push('first ends');
      throw new Error('of its own');
    });
    const second = turns.take('a', async () => said.push('second'));
    const third = turns.take('a', async () => said.push('third'));
    open();
    await expect(first).rejects.toThrow('of its own');
    expect(await Promise.all([second, third])).toEqual([3, 4]);
    expect(said).toEqual(['first begins', 'first ends', 'second', 'third']);
  });

  it('hold up nobody of another key, and begin at once where nobody was before', async () => {
    const turns = new Turns();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const held = turns.take('a', () => gate);
    expect(await turns.take('b', async () => 'done')).toBe('done');
    open();
    await held;
    expect(await turns.take('a', async () => 'again')).toBe('again');
  });
});
