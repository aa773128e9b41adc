import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ForwardProxy } from '../../../test/support/forward-proxy.js';
import { failureOf } from '../../../test/support/failure-of.js';
import { LocalServer, listen } from '../../../test/support/local-server.js';
import { SetClock } from '../../../test/support/set-clock.js';
import { JsonClient } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';

describe('outgoing calls through a proxy (A6)', () => {
  const clients: JsonClient[] = [];
  let server: LocalServer;
  let proxy: ForwardProxy;

  beforeAll(async () => {
    server = await LocalServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    server.reset();
    server.answerJson(200, { id: 7 });
    proxy = await ForwardProxy.start();
    proxy.routes.set('vendor.test:80', server.port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.onApplicationShutdown();
    await proxy.stop();
  });

  const clientBy = (proxyUrl: string, allowPrivate = true): JsonClient => {
    const hosts = new OutgoingHosts(
      {
        hosts: ['vendor.test', 'other.test:8443', '10.0.0.5', '[::1]:81'],
        allowPrivate,
        proxy: new URL(proxyUrl),
      },
      () => expect.unreachable('names are for the proxy to resolve'),
    );
    const limits = { connectTimeoutMs: 300, timeoutMs: 30_000, maxAnswerBytes: 1_000 };
    const client = new JsonClient(hosts, new SetClock(), limits);
    clients.push(client);
    return client;
  };
  const post = (client: JsonClient, origin = 'http://vendor.test') =>
    client.send({
      api: { vendor: 'vendor', baseUrl: `${origin}/v1`, faultOf: () => ({}) },
      method: 'POST',
      route: '/things',
      headers: {},
      body: { name: 'x' },
      schema: z.object({ id: z.number() }),
    });

  it('names the host to the proxy and says to the vendor what it would say without one', async () => {
    expect(await post(clientBy(proxy.url))).toMatchObject({ status: 200, data: { id: 7 } });
    expect(proxy.asked).toEqual([{ authority: 'vendor.test:80', authorization: undefined }]);
    expect(server.received).toMatchObject([
      { method: 'POST', target: '/v1/things', headers: { host: 'vendor.test' }, body: '{"name":"x"}' },
    ]);
  });

  it('keeps tunnels open for further calls', async () => {
    const client = clientBy(proxy.url);
    for (let calls = 0; calls < 5; calls++) await post(client);
    expect(server.received).toHaveLength(5);
    expect(proxy.asked.length).toBeLessThan(5);
  });

  it('gives its credentials to the proxy only', async () => {
    await post(clientBy(proxy.url.replace('//', '//us%40er:pass%3Aword@')));
    const authorization = `Basic ${Buffer.from('us@er:pass:word').toString('base64')}`;
    expect(proxy.asked).toEqual([{ authority: 'vendor.test:80', authorization }]);
    expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it.each([407, 403, 502])('knows that nothing was sent when the proxy answers %d (F2)', async (status) => {
    proxy.refusal = status;
    expect(await failureOf(post(clientBy(proxy.url)))).toMatchObject({
      failure: 'unreachable',
      fate: 'not_sent',
      code: `PROXY_${status}`,
    });
  });

  it('knows that nothing was sent when the proxy never answers (F2)', async () => {
    proxy.isSilent = true;
    expect(await failureOf(post(clientBy(proxy.url)))).toMatchObject({
      failure: 'unreachable',
      fate: 'not_sent',
      code: 'PROXY_TIMEOUT',
    });
  });

  it('knows that nothing was sent when there is no proxy (F2)', async () => {
    const gone = await ForwardProxy.start();
    await gone.stop();
    expect(await failureOf(post(clientBy(gone.url)))).toMatchObject({
      failure: 'unreachable',
      fate: 'not_sent',
      code: 'ECONNREFUSED',
    });
  });

  it('still goes to no private address and speaks no plain http unless configured', async () => {
    const client = clientBy(proxy.url, false);
    for (const [origin, code] of [
      ['https://10.0.0.5', 'private_address'],
      ['https://[::1]:81', 'private_address'],
      ['http://vendor.test', 'insecure_scheme'],
      ['https://elsewhere.test', 'host_not_configured'],
    ] as const) {
      expect(await failureOf(post(client, origin))).toMatchObject({ fate: 'not_sent', code });
    }
    expect(proxy.asked).toEqual([]);
  });

  it('writes addresses of IPv6 in brackets', async () => {
    proxy.routes.set('[::1]:81', server.port);
    await post(clientBy(proxy.url), 'http://[::1]:81');
    expect(proxy.asked).toMatchObject([{ authority: '[::1]:81' }]);
  });

  describe('with TLS', () => {
    /** The handshake names the server in the clear (RFC 6066, section 3); it goes no further here. */
    const greetedBy = async (call: (port: number) => Promise<unknown>): Promise<string> => {
      const greeting = Promise.withResolvers<Buffer>();
      const greeted = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', (bytes: Buffer) => {
          greeting.resolve(bytes);
          socket.destroy();
        });
      });
      const port = await listen(greeted);
      expect(await failureOf(call(port))).toMatchObject({ failure: 'unreachable', fate: 'not_sent' });
      greeted.close();
      const bytes = await greeting.promise;
      const HANDSHAKE = 0x16;
      expect(bytes[0]).toBe(HANDSHAKE);
      return bytes.toString('latin1');
    };

    it('speaks it with the vendor, within the tunnel', async () => {
      const greeting = await greetedBy((port) => {
        proxy.routes.set('other.test:8443', port);
        return post(clientBy(proxy.url, false), 'https://other.test:8443');
      });
      expect(proxy.asked).toMatchObject([{ authority: 'other.test:8443' }]);
      expect(greeting).toContain('other.test');
    });

    it('speaks it with the proxy, where its address says https', async () => {
      const greeting = await greetedBy((port) => post(clientBy(`https://localhost:${port}`)));
      expect(greeting).toContain('localhost');
      expect(proxy.asked).toEqual([]);
    });
  });
});
