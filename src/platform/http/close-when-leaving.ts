import type { FastifyInstance } from 'fastify';

/**
 * Node closes connections that are idle when the server closes, and waits for the others for as long as they are kept
 * alive, which is longer than a shutdown may take. So whatever is answered on the way out closes its connection (F5).
 */
export function closeWhenLeaving(server: Pick<FastifyInstance, 'addHook'>, isLeaving: () => boolean): void {
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isLeaving()) void reply.header('connection', 'close');
    done(null, payload);
  });
}
