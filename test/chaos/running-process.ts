import { spawn } from 'node:child_process';
import { until } from './until.ts';

const START_TIMEOUT_MS = 180_000;
const LOOK_MS = 3_000;

/** A Node program of the project that runs as a process of its own. */
export interface RunningProcess {
  readonly pid: number;
  isRunning(): boolean;
  /** The last of what it wrote to either stream. */
  lastWords(): string;
  /** Waits for a condition that comes true after the start; fails at once when the process ends instead. */
  until(condition: () => Promise<boolean>): Promise<void>;
  /** Whether it answers 2xx there, soon: an answer that does not come must not hang a run. */
  answers(url: string): Promise<boolean>;
  /** Sends the signal and answers the exit code; null when the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

const WORDS_KEPT = 20_000;

/** @param env all that it gets, but for the path and the home: what a machine has set must not decide a run */
export function startProcess(args: string[], env: Record<string, string>): RunningProcess {
  const bare = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(process.execPath, args, {
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-WORDS_KEPT)));
  }
  let running = true;
  const ended = new Promise<number | null>((end) =>
    child.once('exit', (code) => {
      running = false;
      process.off('exit', endWithUs);
      end(code);
    }),
  );
  return {
    pid: child.pid ?? 0,
    isRunning: () => running,
    lastWords: () => words,
    ended,
    async until(condition) {
      await until(START_TIMEOUT_MS, async () => {
        if (!running) throw new Error(`${args.join(' ')} ended:\n${words}`);
        return condition().catch(() => false);
      });
    },
    answers: (url) =>
      fetch(url, { signal: AbortSignal.timeout(LOOK_MS) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
