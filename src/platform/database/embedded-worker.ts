import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { parentPort, workerData } from 'node:worker_threads';

// Started by embedded-database.ts. Kept to plain, erasable TypeScript: tests run it from source.

const { dataFolder, socketPath } = workerData as { dataFolder: string | null; socketPath: string };

const database = await (dataFolder === null ? PGlite.create() : PGlite.create(dataFolder));
const server = new PGLiteSocketServer({ db: database, path: socketPath, maxConnections: 4 });
await server.start();

parentPort?.on('message', () => {
  void server
    .stop()
    .then(() => database.close())
    .then(() => parentPort?.postMessage('stopped'));
});
parentPort?.postMessage('started');
