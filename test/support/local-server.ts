import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Server } from 'node:net';

/** A request as a local server received it. */
export interface ReceivedRequest {
  method: string;
  /** Path and query as they were on the wire. */
  target: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Respond = (request: ReceivedRequest, response: ServerResponse, incoming: IncomingMessage) => void;

/** A real HTTP server on the loopback address that keeps what it received and answers as it is told. */
export class LocalServer {
  readonly received: ReceivedRequest[] = [];
  port = 0;
  private respond: Respond = (_request, response) => response.writeHead(404).end();
  private readonly server = createServer((incoming, response) => void this.receive(incoming, response));

  static async start(): Promise<LocalServer> {
    const local = new LocalServer();
    local.port = await listen(local.server);
    return local;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Answers every further request this way. */
  answer(respond: Respond): void {
    this.respond = respond;
  }

  answerJson(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.answer((_request, response) => sendJson(response, status, body, headers));
  }

  /** Forgets what was received and answers 404 again. */
  reset(): void {
    this.received.length = 0;
    this.respond = (_request, response) => response.writeHead(404).end();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const request = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.received.push(request);
    this.respond(request, response, incoming);
  }
}

/** Starts a server on a free port of the loopback address and answers the port. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
