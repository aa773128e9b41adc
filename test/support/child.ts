import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from './eventually.js';

/** A slow machine starts and ends a process in less; what takes longer hangs, and a test says what it wrote last. */
const PATIENCE_MS = 120_000;

/** One look at whether it is ready: an answer that does not come must not hang a test. */
const LOOK_MS = 3_000;

/** What is written may arrive after the exit; a child of the child may keep the pipe open for long. */
const LAST_WORDS_MS = 2_000;

export interface Child {
  process: ChildProcess;
  /** Everything it wrote to either stream so far. */
  output: () => string;
  /** Its exit code once it has ended; null when a signal ended it. @throws with its output if it does not end in time */
  exit(): Promise<number | null>;
  /** @throws as `exit` */
  kill(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits until `GET {url}/health/ready` is answered 200. @throws with its output if it ends, or not in time */
  ready(url: string): Promise<void>;
}

/** Runs a Node program of the project as a process of its own. */
export function startChild(args: string[], env: Record<string, string>): Child {
  // A bare environment: what the machine happens to have set must not decide a test.
  const bare = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(process.execPath, args, {
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const ended = new Promise<number | null>((end) => {
    child.once('exit', (code) => {
      void Promise.race([closed, pause(LAST_WORDS_MS)]).then(() => end(code));
    });
  });
  const complaint = (what: string): Error => new Error(`${args.join(' ')} ${what}; it wrote:\n${output}`);

  const exit = (): Promise<number | null> => {
    const late = pause(PATIENCE_MS).then(() => {
      throw complaint(`did not end within ${PATIENCE_MS / 1_000} s`);
    });
    return Promise.race([ended, late]);
  };
  return {
    process: child,
    output: () => output,
    exit,
    async kill(signal) {
      child.kill(signal);
      return exit();
    },
    async ready(url) {
      let last = 'nothing was answered';
      const look = async (): Promise<boolean> => {
        if (child.exitCode !== null || child.signalCode !== null) return true;
        const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(LOOK_MS) });
        last = `${answer.status} ${await answer.text()}`;
        if (answer.status !== 200) throw new Error(last);
        return false;
      };
      const hasEnded = await eventually(look, PATIENCE_MS).catch((error: unknown) => {
        throw complaint(`was not ready within ${PATIENCE_MS / 1_000} s (${String(error)}; ${last})`);
      });
      if (hasEnded) throw complaint('ended instead of being ready');
    },
  };
}

const pause = (ms: number): Promise<void> =>
  new Promise((next) => {
    setTimeout(next, ms).unref();
  });
