import { LocalServer, type ReceivedRequest } from './local-server.js';

/** What stands before the service where its address must be known before it starts: passes all on, changes nothing. */
export class Front {
  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<Front> {
    return new Front(await LocalServer.start());
  }

  get url(): string {
    return this.server.url;
  }

  passOnTo(serviceUrl: string): void {
    this.server.answer((request, response) => {
      passOn(serviceUrl, request).then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(),
      );
    });
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

async function passOn(serviceUrl: string, { method, target, body }: ReceivedRequest): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(serviceUrl + target, { method, headers, body });
  return answer.status;
}
