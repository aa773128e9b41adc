import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { driveApi } from './drive/drive-api.ts';
import { guardWithFaults } from './fault-gate.ts';
import { leverApi } from './lever/lever-api.ts';
import { oauthRoutes } from './lever/oauth-routes.ts';
import { memoryKeeper } from './memory.ts';
import { liveStream } from './show/live-stream.ts';
import { admitOwnSiteOnly } from './show/own-site-only.ts';
import { pageFiles } from './show/page-files.ts';
import type { WatchedService } from './show/service-story.ts';
import { reportPages } from './victig/report-pages.ts';
import { victigApi } from './victig/victig-api.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

export interface SandboxOptions {
  /** 0, the default: any free one. */
  port?: number;
  host?: string;
  /** Epoch milliseconds; for tests. */
  now?: () => number;
  /** Where the vendors' data is kept between runs; absent: in memory only. */
  memoryFile?: string;
}

export interface Sandbox {
  url: string;
  /** With its `/v1`. */
  leverApiUrl: string;
  leverAuthUrl: string;
  /** With its `/v1`. */
  victigApiUrl: string;
  /** From now on the page tells what this service did. */
  watch(service: WatchedService): void;
  /** Ends at once, unanswered requests included. */
  close(): Promise<void>;
}

/** Starts stand-ins for Lever and VICTIG on one port, with the API and the page that drive them. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const world = createWorld(options.now ?? Date.now);
  const server = Fastify({
    forceCloseConnections: true,
    bodyLimit: 2 * 1024 * 1024,
    routerOptions: { maxParamLength: 500 },
  });
  if (options.memoryFile !== undefined) remember(server, world, options.memoryFile);

  await server.register(
    async (lever) => {
      const calls = guardWithFaults(lever, world, 'lever');
      await lever.register(async (scope) => leverApi(scope, world, calls), { prefix: '/v1' });
      await lever.register(async (scope) => oauthRoutes(scope, world), { prefix: '/auth' });
    },
    { prefix: '/lever' },
  );
  await server.register(
    async (victig) => {
      const calls = guardWithFaults(victig, world, 'victig');
      await victig.register(async (scope) => victigApi(scope, world, calls), { prefix: '/v1' });
      await victig.register(async (scope) => reportPages(scope, world));
    },
    { prefix: '/victig' },
  );
  let watched: WatchedService | null = null;
  await server.register(async (scope) => {
    admitOwnSiteOnly(scope);
    await scope.register(async (drive) => driveApi(drive, world), { prefix: '/drive' });
    liveStream(scope, world, () => watched);
    pageFiles(scope);
  });

  const url = await server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  world.origin = url;
  return {
    url,
    leverApiUrl: `${url}/lever/v1`,
    leverAuthUrl: `${url}/lever/auth`,
    victigApiUrl: `${url}/victig/v1`,
    watch(service) {
      watched = service;
    },
    async close() {
      await world.outbox.close();
      await server.close();
    },
  };
}

/** Before a change is answered it is on disk. */
function remember(server: FastifyInstance, world: World, file: string): void {
  const memory = memoryKeeper(file);
  memory.recall(world);
  server.addHook('onSend', async (request, _reply, payload) => {
    if (request.method !== 'GET') memory.keep(world);
    return payload;
  });
}
