import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PLACES, undocumented } from './api-document.js';

/**
 * Looks at every answer that the admin API gives during a test: what the document does not say of it fails the test
 * file when the service is stopped, whatever the test itself was about.
 */
export class WatchedAnswers {
  private readonly faults = new Set<string>();

  constructor(app: NestFastifyApplication) {
    const fastify = app.getHttpAdapter().getInstance();
    fastify.addHook('onSend', async (request, reply, payload: unknown) => {
      const path = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}');
      // HEAD and OPTIONS follow from the others and are in no document.
      if (!path?.startsWith('/admin/') || ['HEAD', 'OPTIONS'].includes(request.method)) return payload;
      const contentType = reply.getHeader('content-type');
      this.look(request.method.toLowerCase(), path, {
        status: reply.statusCode,
        contentType: typeof contentType === 'string' ? contentType : undefined,
        body: bodyOf(payload),
      });
      return payload;
    });
  }

  /** @throws Error that names every answer the document does not speak of */
  demandDocumented(): void {
    if (this.faults.size === 0) return;
    throw new Error(`openapi.json does not say so:\n${[...this.faults].join('\n')}`);
  }

  private look(method: string, path: string, answer: Parameters<typeof undocumented>[1]): void {
    const place = PLACES.find((known) => known.method === method && known.path === path);
    const faults = place ? undocumented(place, answer) : ['there is no such operation'];
    for (const fault of faults) this.faults.add(`${method.toUpperCase()} ${path}: ${fault}`);
  }
}

function bodyOf(payload: unknown): unknown {
  if (typeof payload !== 'string') return undefined;
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
