import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isObject } from '../json.ts';

export interface Received {
  headers: IncomingHttpHeaders;
  text: string;
  body: unknown;
}

/** Stands where the service would: takes deliveries and remembers them. */
export interface Receiver {
  url: string;
  /** Statuses for the next deliveries; 200 when there are none left. */
  answers: number[];
  received: Received[];
  /** Waits until so many deliveries have come, and answers them. */
  until(count: number): Promise<readonly Received[]>;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    void read(request).then((delivery) => {
      received.push(delivery);
      response.writeHead(answers.shift() ?? 200).end();
      for (const look of waiting) look();
      return delivery;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${isObject(address) ? String(address['port']) : ''}/hook`,
    answers,
    received,
    until: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve(received);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  const body: unknown = JSON.parse(text);
  return { headers: request.headers, text, body };
}
