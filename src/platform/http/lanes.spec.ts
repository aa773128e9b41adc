import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.js';

describe('lanes', () => {
  it('do the work of one lane in order, also after a failure, and do not wait for one another', async () => {
    const lanes = new Lanes();
    const done: string[] = [];
    const { promise: open, resolve: letGo } = Promise.withResolvers<void>();
    const first = lanes.run('a', async () => {
      await open;
      done.push('a1');
      throw new Error('a1 failed');
    });
    const second = lanes.run('a', async () => done.push('a2'));
    await lanes.run('b', async () => done.push('b1'));
    letGo();
    await expect(first).rejects.toThrow('a1 failed');
    await second;
    await lanes.run('a', async () => done.push('a3'));
    expect(done).toEqual(['b1', 'a1', 'a2', 'a3']);
  });
});
