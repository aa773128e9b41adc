import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SERVICE_COMMAND } from './service-command.ts';

export interface ServiceProcess {
  url: string;
  /** Resolves with the exit code when it ends by itself. */
  ended: Promise<number>;
  /** Asks it to end, and ends it if it does not. */
  stop(): Promise<void>;
}

/** The service itself gives a start up after three minutes, and says why. */
const READY_TIMEOUT_MS = 200_000;
const STOP_TIMEOUT_MS = 25_000;

const END_WITH_PARENT = new URL('end-with-parent.ts', import.meta.url).href;

/** Starts the built service as a process of its own, which does not outlive this one, and waits until it is ready. */
export async function startService(port: number, env: Record<string, string>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, ...SERVICE_COMMAND], {
    env: { ...process.env, ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : 1));
  const service = { url: `http://127.0.0.1:${port}`, ended, stop: () => stop(child, ended) };
  try {
    await Promise.race([
      untilReady(`${service.url}/health/ready`),
      ended.then(() => {
        throw new Error('The service did not start; it says why above.');
      }),
    ]);
  } catch (error) {
    // Left alone it would hold the port and the data, and the next start would be refused.
    await service.stop();
    throw error;
  }
  return service;
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const isReady = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error('The service was not ready in time.');
    await new Promise((next) => setTimeout(next, 50));
  }
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(killer);
}
