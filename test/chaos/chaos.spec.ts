import { describe, expect, it, type TestContext } from 'vitest';
import { startProcess } from './running-process.ts';

/** Longer than a run needs, for machines are slow; a run that hangs ends here. */
const PATIENCE_MS = 600_000;

const SMALL = ['--orders', '100', '--feed-seconds', '12', '--storm-seconds', '4', '--settle-seconds', '60'];

describe('nothing is lost and nothing happens twice, whatever goes wrong (F1, T2, T7, V4, R4)', () => {
  const server = process.env['TEST_DATABASE_URL'];

  const play = async (
    test: TestContext,
    ...more: string[]
  ): Promise<{ code: number | null; words: string }> => {
    const env: Record<string, string> = server === undefined ? {} : { TEST_DATABASE_URL: server };
    const chaos = startProcess(['test/chaos/main.ts', ...SMALL, ...more], env);
    // Asked to end, so that it ends its replicas too.
    test.onTestFinished(async () => {
      if (chaos.isRunning()) await chaos.end('SIGTERM');
    });
    const code = await chaos.ended;
    return { code, words: chaos.lastWords() };
  };

  it.skipIf(server !== undefined)(
    'with one replica on the embedded database',
    async (test) => {
      const { code, words } = await play(test, '--seed', '11', '--embedded');
      expect(code, words).toBe(0);
    },
    PATIENCE_MS,
  );

  it.skipIf(server === undefined)(
    'while the replicas are restarted in turn under load, and each ends in order (F5)',
    async (test) => {
      const { code, words } = await play(test, '--seed', '13', '--replicas', '2', '--rolling');
      expect(code, words).toBe(0);
      expect(Number(/replicas restarted +(\d+)/.exec(words)?.[1])).toBeGreaterThanOrEqual(2);
    },
    PATIENCE_MS,
  );

  it.skipIf(server === undefined)(
    'with two replicas on one PostgreSQL',
    async (test) => {
      const { code, words } = await play(test, '--seed', '12', '--replicas', '2');
      expect(code, words).toBe(0);
    },
    PATIENCE_MS,
  );
});
