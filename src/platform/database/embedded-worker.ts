import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

// Started by embedded-database.ts. Kept to plain, erasable TypeScript: tests run it from source.

const { dataFolder, program, socketPath } = workerData as {
  dataFolder: string | null;
  program: WebAssembly.Module;
  socketPath: string;
};

const options = {
  pgliteWasmModule: program,
  // All of it is cleared at each start: with PostgreSQL's own 128 MB that took a third of a second.
  startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=32MB'],
};
const database = await (dataFolder === null ? PGlite.create(options) : PGlite.create(dataFolder, options));

/** What is written in one turn leaves together: the server writes each part of an answer by itself. */
subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket };
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
});
const server = new PGLiteSocketServer({ db: database, path: socketPath, maxConnections: 4 });
await server.start();

parentPort?.on('message', () => {
  void server
    .stop()
    .then(() => database.close())
    .then(() => parentPort?.postMessage('stopped'));
});
parentPort?.postMessage('started');
