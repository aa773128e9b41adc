import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { objectOf, textAt } from '../json.ts';
import type { World } from '../world.ts';
import { storyOf } from './service-story.ts';
import type { WatchedService } from './service-story.ts';
import { worldView } from './world-view.ts';

/** How often is looked whether anything changed. */
const LOOK_AT_WORLD_MS = 200;
const LOOK_AT_SERVICE_MS = 400;

/**
 * Server-sent events: `world`, what Lever and VICTIG hold, and `story`, what the service did for the chosen candidate;
 * each whole, at first and whenever it changed. One stream for a tab, for a browser opens six at most.
 */
export function liveStream(scope: FastifyInstance, world: World, watched: () => WatchedService | null): void {
  scope.get('/live', async (request, reply) => {
    const candidateId = textAt(objectOf(request.query), 'candidate');
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    const send = openStream(reply);
    const follow = (event: string, everyMs: number, look: () => Promise<object> | object): Promise<void> =>
      untilGone(
        gone.signal,
        everyMs,
        whenChanged(look, (text) => send(event, text)),
      );
    await Promise.all([
      follow('world', LOOK_AT_WORLD_MS, () => ({
        ...worldView(world),
        triggerStageIds: watched()?.triggerStageIds ?? [],
      })),
      ...(candidateId === undefined
        ? []
        : [
            follow('story', LOOK_AT_SERVICE_MS, async () => ({
              candidateId,
              ...(await storyOf(watched(), candidateId)),
            })),
          ]),
    ]);
  });
}

function openStream(reply: FastifyReply): (event: string, data: string) => void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  return (event, data) => void raw.write(`event: ${event}\ndata: ${data}\n\n`);
}

/** Sends what was looked at unless it is what was sent last. */
function whenChanged(
  look: () => Promise<object> | object,
  send: (text: string) => void,
): () => Promise<void> {
  let last = '';
  return async () => {
    const text = JSON.stringify(await look());
    if (text !== last) send(text);
    last = text;
  };
}

async function untilGone(gone: AbortSignal, everyMs: number, work: () => Promise<void>): Promise<void> {
  while (!gone.aborted) {
    await work();
    // Ends early, by an error, when the tab is closed.
    await wait(everyMs, undefined, { signal: gone, ref: false }).catch(() => undefined);
  }
}
