import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { listen } from './local-server.js';

/** A proxy for outgoing calls that opens tunnels (`CONNECT`) and knows by itself where names lead to. */
export class ForwardProxy {
  /** What tunnels were asked for, refused ones included. */
  readonly asked: { authority: string; authorization: string | undefined }[] = [];
  /** Ports of this machine by authority (`host:port`). */
  readonly routes = new Map<string, number>();
  /** Answers this status instead of opening a tunnel. */
  refusal: number | null = null;
  /** Takes what it is asked for, and never answers. */
  isSilent = false;
  private port = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer();

  static async start(): Promise<ForwardProxy> {
    const proxy = new ForwardProxy();
    proxy.server.on('connect', (request: IncomingMessage, near: Socket) => proxy.open(request, near));
    proxy.server.on('connection', (socket: Socket) => proxy.keep(socket));
    proxy.port = await listen(proxy.server);
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  closeTunnels(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.closeTunnels();
    this.server.close();
    await once(this.server, 'close');
  }

  private open(request: IncomingMessage, near: Socket): void {
    const authority = request.url ?? '';
    this.asked.push({ authority, authorization: request.headers['proxy-authorization'] });
    if (this.isSilent) return;
    const port = this.routes.get(authority);
    const status = this.refusal ?? (port === undefined ? 502 : 200);
    if (status !== 200 || port === undefined) {
      near.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const far = connect(port, '127.0.0.1', () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    this.keep(far);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}
