import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fault, FaultKind, Vendor } from './faults.ts';
import type { Call } from './journal.ts';
import type { World } from './world.ts';

/** What a gateway in front of a vendor answers when it is confused. */
const GATEWAY_PAGE = '<html><body>upstream connect error</body></html>';

const AFTER_WORK: ReadonlySet<FaultKind> = new Set<FaultKind>(['drop_after', 'status_after', 'hang_after']);

/** The calls under way, so that later hooks can complete their entry in the journal. */
export type CallEntries = WeakMap<FastifyRequest, Call>;

/**
 * Counts every request of a vendor and applies the faults on order, before anything else looks at it.
 * Answers the journal entries of the requests under way.
 */
export function guardWithFaults(scope: FastifyInstance, world: World, vendor: Vendor): CallEntries {
  const entries: CallEntries = new WeakMap();
  const afterwards = new WeakMap<FastifyRequest, Fault>();
  const prefix = `/${vendor}`;

  scope.addHook('onRequest', async (request, reply) => {
    const path = withoutQuery(request.url).slice(prefix.length);
    const route = request.routeOptions.url?.slice(prefix.length);
    const call = world.journal.countCall({
      at: world.now(),
      vendor,
      method: request.method,
      path,
      operation: route === undefined ? 'unknown' : `${request.method} ${route}`,
    });
    entries.set(request, call);

    const fault = world.faults.strike(vendor, request.method, path);
    if (!fault) return;
    await world.faults.wait(fault);
    strikeBefore(fault, request, reply);
    if (AFTER_WORK.has(fault.kind)) afterwards.set(request, fault);
  });

  scope.addHook('onSend', async (request, reply, payload) => {
    const fault = afterwards.get(request);
    if (!fault) return payload;
    if (fault.kind === 'status_after') return dress(reply, fault);
    if (fault.kind === 'hang_after') return new Promise<never>(() => undefined);
    request.raw.socket.destroy();
    return payload;
  });

  scope.addHook('onResponse', async (request, reply) => {
    const call = entries.get(request);
    if (!call || !reply.raw.writableFinished) return;
    call.status = reply.statusCode;
    call.answeredAt = world.now();
  });

  return entries;
}

function strikeBefore(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
  switch (fault.kind) {
    case 'drop_before':
      reply.hijack();
      request.raw.socket.destroy();
      break;
    case 'hang':
      reply.hijack();
      break;
    case 'garbage':
      reply
        .code(200)
        .type('text/html')
        .send(typeof fault.body === 'string' ? fault.body : GATEWAY_PAGE);
      break;
    case 'status':
      reply.send(dress(reply, fault));
      break;
    case 'slow':
    case 'drop_after':
    case 'hang_after':
    case 'status_after':
      break;
  }
}

/** Makes the answer the fault's own, and answers its body. */
function dress(reply: FastifyReply, fault: Fault): string {
  reply.removeHeader('content-length');
  reply.code(fault.status).type('application/json').headers(fault.headers);
  return typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {});
}

function withoutQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}
