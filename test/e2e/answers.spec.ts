import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapter } from '../../src/create-app.js';
import { ADMIN_KEY, startTestService, type TestService } from '../support/service.js';

const SAFE = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Sends bytes, and reads until the server hangs up. */
async function trickle(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

describe('every answer (F6)', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it.each([
    ['of the admin API', '/admin/v1/orders', 200],
    ['without such a route', '/nowhere', 404],
    ['to a URL that is none', '/%zz', 400],
    ['of a probe', '/health/live', 200],
    ['that is a page', '/oauth/lever/callback', 400],
  ])('%s may not be kept, guessed or embedded, and has an id (F6)', async (_what, path, status) => {
    const answer = await service.admin.get(path).set('x-request-id', 'chosen-by-a-stranger').expect(status);
    expect(answer.headers).toMatchObject(SAFE);
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('server');
  });

  it('to what is no HTTP is as safe (F6)', async () => {
    const answer = (await trickle(service.url, 'hello\r\n\r\n')).toLowerCase();
    for (const [name, value] of Object.entries(SAFE)) expect(answer).toContain(`${name}: ${value}\r\n`);
  });

  it('says that the service is reached by https alone where its address is', async () => {
    const answer = await service.anyone.get('/health/live').expect(200);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('lets Swagger UI run its own script and nobody else’s', async () => {
    const { text, headers } = await service.anyone.get('/docs').expect(200);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    const scripts = [...text.matchAll(/<script([^>]*)>([^<]*)/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(attributes).toMatch(/src=["']?\.?\/?(?!\/|https?:)/);
      expect(inline.trim()).toBe('');
    }
  });

  it('of the document is open, and of the data behind it is not (A5)', async () => {
    await service.anyone.get('/openapi.json').expect(200);
    await service.anyone.get('/docs-yaml').expect(404);
    await service.anyone.get('/admin/v1/orders').expect(401);
    await service.anyone.get('/admin/v1/orders').set('authorization', `Basic ${ADMIN_KEY}`).expect(401);
    await service.anyone.get(`/admin/v1/orders?key=${ADMIN_KEY}`).expect(401);
  });
});

describe('the server', () => {
  const patience = { headersMs: 200, requestMs: 400, silenceMs: 60_000, checkEveryMs: 50 };

  it.each([
    ['the headers', 'GET / HTTP/1.1\r\nhost: x\r\n'],
    [
      'the body',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":',
    ],
  ])('does not wait for ever for %s of a request (F6)', async (_what, bytes) => {
    const server = createAdapter([], patience).getInstance();
    server.post('/', () => ({}));
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    const answer = await trickle(url, bytes);
    await server.close();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"request_timeout"');
  });

  it('hangs up on those who neither send nor read (F6)', async () => {
    const server = createAdapter([], { ...patience, requestMs: 60_000, silenceMs: 300 }).getInstance();
    server.get('/', () => new Promise(() => {}));
    const url = await server.listen({ port: 0, host: '127.0.0.1' });
    expect(await trickle(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('');
    await server.close();
  });

  it.each<[string, string[], string, string]>([
    ['nobody is trusted', [], '127.0.0.1', '127.0.0.1'],
    ['others are trusted', ['192.0.2.0/24'], '127.0.0.1', '127.0.0.1'],
    ['it is trusted', ['127.0.0.1'], '127.0.0.1', '198.51.100.9'],
    ['it is behind another one that is', ['127.0.0.1', '198.51.100.0/24'], '127.0.0.1', '203.0.113.1'],
  ])(
    'believes what a proxy says of the address where %s (A5)',
    async (_what, trusted, remoteAddress, seen) => {
      const server = createAdapter(trusted).getInstance();
      server.get('/', (request) => ({ ip: request.ip }));
      const headers = { 'x-forwarded-for': '203.0.113.1, 198.51.100.9' };
      const answer = await server.inject({ method: 'GET', url: '/', remoteAddress, headers });
      await server.close();
      expect(answer.json()).toEqual({ ip: seen });
    },
  );
});
