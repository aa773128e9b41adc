import { connect, type Socket } from 'node:net';

/** What one spell of load came to. */
export interface Spell {
  /** Answers by HTTP status. */
  answers: Map<number, number>;
  /** Ended without an answer: the connection broke. */
  unanswered: number;
  /** Of each answer, in milliseconds, in ascending order. */
  latenciesMs: number[];
  elapsedMs: number;
}

export interface Load {
  port: number;
  path: string;
  connections: number;
  durationMs: number;
  /** The body of the next request. */
  nextBody: () => string;
  /** Told of each request that was answered 200. */
  onAccepted?: (body: string) => void;
}

/**
 * Sends one request after another on each of some kept connections. Written on plain sockets so that it takes
 * little of the processor, which it shares with what it measures.
 */
export async function applyLoad(load: Load): Promise<Spell> {
  const spell: Spell = { answers: new Map(), unanswered: 0, latenciesMs: [], elapsedMs: 0 };
  const begun = performance.now();
  const until = begun + load.durationMs;
  await Promise.all(Array.from({ length: load.connections }, () => keepAsking(load, until, spell)));
  spell.elapsedMs = performance.now() - begun;
  spell.latenciesMs.sort((a, b) => a - b);
  return spell;
}

const END_OF_HEAD = '\r\n\r\n';

function keepAsking(load: Load, until: number, spell: Spell): Promise<void> {
  return new Promise((done) => {
    const socket: Socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let body = '';
    let sentAt = 0;
    let waiting = false;
    const send = (): void => {
      body = load.nextBody();
      sentAt = performance.now();
      waiting = true;
      socket.write(
        `POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}${END_OF_HEAD}${body}`,
      );
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (chunk: string) => {
      received += chunk;
      const headEnd = received.indexOf(END_OF_HEAD);
      if (headEnd < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
      if (received.length < headEnd + END_OF_HEAD.length + length) return;
      const status = Number(received.slice(9, 12));
      received = '';
      waiting = false;
      spell.latenciesMs.push(performance.now() - sentAt);
      spell.answers.set(status, (spell.answers.get(status) ?? 0) + 1);
      if (status === 200) load.onAccepted?.(body);
      if (performance.now() < until) send();
      else socket.end();
    });
    // A broken connection is counted below, where every connection ends.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (waiting) spell.unanswered += 1;
      done();
    });
  });
}

/** @param share such as 0.99 */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}
