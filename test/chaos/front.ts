import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Random } from '../../sandbox/seeded-random.ts';

/** One delivery that the service answered, as an onlooker at its door saw it. */
export interface DoorRecord {
  path: string;
  body: string;
  status: number;
}

/** What stands before the replicas: passes requests on to those that are ready, loses some, remembers all answers. */
export class Front {
  readonly answered: DoorRecord[] = [];
  /** Requests cut off before, and answers cut off after, the service had them. */
  readonly cut = { before: 0, after: 0 };
  private turn = 0;
  private chanceOfCut = 0;

  private readonly server: Server;
  readonly url: string;
  private readonly replicaUrls: () => string[];
  private readonly random: Random;

  private constructor(server: Server, url: string, replicaUrls: () => string[], random: Random) {
    this.server = server;
    this.url = url;
    this.replicaUrls = replicaUrls;
    this.random = random;
  }

  static async start(port: number, replicaUrls: () => string[], random: Random): Promise<Front> {
    const server = createServer();
    const front = new Front(server, `http://127.0.0.1:${port}`, replicaUrls, random);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      front.pass(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((listening) => {
      server.listen(port, '127.0.0.1', listening);
    });
    return front;
  }

  /** From now on this share of the requests is cut off, half of them after the service did its work. */
  loseSome(share: number): void {
    this.chanceOfCut = share;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const draw = this.random();
    if (draw < this.chanceOfCut / 2) {
      this.cut.before += 1;
      request.destroy();
      return;
    }
    const path = request.url ?? '/';
    const body = await textOf(request);
    const urls = this.replicaUrls();
    this.turn += 1;
    const url = urls[this.turn % Math.max(1, urls.length)];
    if (url === undefined) {
      response.writeHead(502).end();
      return;
    }
    const { authorization } = request.headers;
    const answer = await fetch(url + path, {
      method: request.method ?? 'POST',
      headers: {
        'content-type': request.headers['content-type'] ?? 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body,
    });
    this.answered.push({ path, body, status: answer.status });
    const text = await answer.text();
    if (draw < this.chanceOfCut) {
      this.cut.after += 1;
      response.destroy();
      return;
    }
    response.writeHead(answer.status).end(text);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
