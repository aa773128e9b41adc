import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { listen } from './local-server.js';

/**
 * Stands between the service and its PostgreSQL, and can swallow what goes over it without closing anything, as a
 * network does that loses its memory of connections.
 */
export class SilentProxy {
  /** What each connection began with: user, database, and what it asked of its session. */
  readonly greetings: string[] = [];
  private isSilent = false;
  private losesCloses = false;
  private swallowed: string | null = null;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private readonly server: Server;

  private constructor(private readonly target: { host: string; port: number }) {
    this.server = createServer((near) => this.join(near));
  }

  static async start(serverUrl: string): Promise<SilentProxy> {
    const { hostname, port } = new URL(serverUrl);
    const proxy = new SilentProxy({ host: hostname, port: Number(port || 5432) });
    proxy.port = await listen(proxy.server);
    return proxy;
  }

  /** The same database, by way of the proxy. */
  urlOf(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /**
   * From now on nothing gets through, on no connection, old or new.
   * @param closes whether the database does not hear either of connections that the service closes
   */
  swallow({ closes = false } = {}): void {
    this.isSilent = true;
    this.losesCloses = closes;
  }

  /** From now on what holds the text gets through and its answer does not, nor anything else on its connection. */
  swallowAnswersTo(text: string): void {
    this.swallowed = text;
  }

  /** New connections work; those that were swallowed on stay silent. */
  passOn(): void {
    this.isSilent = false;
    this.losesCloses = false;
    this.swallowed = null;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(near: Socket): void {
    const far = connect(this.target);
    let isDeaf = false;
    const isSwallowed = (): boolean => (isDeaf ||= this.isSilent);
    near.once('data', (bytes: Buffer) => this.greetings.push(bytes.toString('latin1')));
    near.on('data', (bytes: Buffer) => {
      if (isSwallowed()) return;
      far.write(bytes);
      isDeaf = this.swallowed !== null && bytes.includes(this.swallowed);
    });
    far.on('data', (bytes: Buffer) => {
      if (!isSwallowed()) near.write(bytes);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        if (!this.losesCloses) other.destroy();
      });
    }
  }
}
