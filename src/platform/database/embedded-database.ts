import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { makeDataDir } from './data-dir.js';
import { lockDataDir } from './data-dir-lock.js';
import { assertNotMoved } from './moved-data-dir.js';

declare global {
  /** What Node has of it and its types lack: they leave it to those of browsers. */
  namespace WebAssembly {
    /** Machine code; threads can be sent it. */
    interface Module {
      readonly [Symbol.toStringTag]: 'WebAssembly.Module';
    }
    function compile(bytes: Uint8Array): Promise<Module>;
  }
}

export interface EmbeddedDatabase {
  /** Folder of the Unix socket; `pg` takes it as the host. Only this user may enter it. */
  host: string;
  port: number;
  stop(): Promise<void>;
}

const PORT = 5432;

let program: Promise<WebAssembly.Module> | undefined;

/** PostgreSQL itself. Threads that share it share its machine code, with what was optimized in one that has ended. */
async function compile(): Promise<WebAssembly.Module> {
  const folder = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'));
  return WebAssembly.compile(await readFile(join(folder, 'pglite.wasm')));
}

/**
 * Starts PGlite in a worker thread behind a Unix socket, so that the rest of the program sees an ordinary
 * PostgreSQL connection. Its connections must not run transactions at once: use a pool of one.
 * What was answered survives a killed process, but not a power cut: PGlite does not flush to the disk.
 * @param dataDir where the data lives; null keeps it in memory (tests).
 * @throws DataDirUnusable when nothing can be kept in it.
 * @throws DataDirInUse when another process has the folder.
 * @throws DataDirMoved when what was in it lives on elsewhere.
 */
export async function startEmbeddedDatabase(dataDir: string | null): Promise<EmbeddedDatabase> {
  if (dataDir !== null) makeDataDir(resolve(dataDir));
  if (dataDir !== null) assertNotMoved(resolve(dataDir));
  const lock = dataDir === null ? null : lockDataDir(resolve(dataDir));
  const compiled = await (program ??= compile());
  // A socket's path may have 107 bytes at the most, so it does not live in the data folder.
  const host = mkdtempSync(join(tmpdir(), 'lever-victig-'));
  // Beside this file lies the worker's TypeScript in tests and its JavaScript in a build.
  const worker = new Worker(new URL(`embedded-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: {
      program: compiled,
      dataFolder: dataDir === null ? null : join(resolve(dataDir), 'postgres'),
      socketPath: join(host, `.s.PGSQL.${PORT}`),
    },
  });

  const stop = async (): Promise<void> => {
    const stopped = nextMessage(worker);
    worker.postMessage('stop');
    await stopped;
    await worker.terminate();
    lock?.release();
    rmSync(host, { recursive: true, force: true });
  };

  try {
    await nextMessage(worker);
  } catch (error) {
    lock?.release();
    rmSync(host, { recursive: true, force: true });
    throw error;
  }
  return { host, port: PORT, stop };
}

function nextMessage(worker: Worker): Promise<unknown> {
  return new Promise((done, fail) => {
    worker.once('message', done);
    worker.once('error', fail);
  });
}
