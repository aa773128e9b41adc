import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallation } from '../support/new-installation.js';
import { sendRaw, type RawAnswer } from '../support/raw-http.js';
import { ADMIN_KEY, startTestService, type TestService } from '../support/service.js';

const UUID = '0198c0de-0000-7000-8000-000000000000';

const ROUTES = [
  '/admin/v1/installations',
  `/admin/v1/installations/${UUID}`,
  `/admin/v1/installations/${UUID}/preview`,
  '/admin/v1/orders',
  `/admin/v1/orders/${UUID}`,
  ...['timeline', 'refresh', 'retry', 'cancel', 'discard'].map((end) => `/admin/v1/orders/${UUID}/${end}`),
  '/admin/v1/status',
  '/admin/v1/dead-letters',
  `/admin/v1/dead-letters/${UUID}/retry`,
  '/admin/v1/dead-letters/retry',
  '/admin/v1/queues',
  `/webhooks/lever/${UUID}`,
  '/webhooks/victig',
  '/health/live',
];

const HEAD = `HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\nconnection: close\r\n`;

describe('bad input', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  const problem = (status: number, code: string): object => ({
    status,
    contentType: 'application/problem+json',
    body: expect.stringContaining(`"status":${status},"code":"${code}"`) as string,
  });

  it.each<[string, string, number, string]>([
    ['a path that is no URL', `GET /%zz ${HEAD}\r\n`, 400, 'malformed_request'],
    ['a parameter that is no URL', `GET /admin/v1/orders/%zz ${HEAD}\r\n`, 400, 'malformed_request'],
    ['an over-long parameter', `GET /admin/v1/orders/${'a'.repeat(500)} ${HEAD}\r\n`, 414, 'url_too_long'],
    ['an unknown route', `GET /nowhere ${HEAD}\r\n`, 404, 'route_not_found'],
    ['a wrong method', `DELETE /admin/v1/orders ${HEAD}\r\n`, 405, 'method_not_allowed'],
    ['OPTIONS of nothing', `OPTIONS /nowhere ${HEAD}\r\n`, 404, 'route_not_found'],
    ['a method of another protocol', `PROPFIND /admin/v1/orders ${HEAD}\r\n`, 405, 'method_not_allowed'],
    ['a method that nobody knows', `BREW /coffee ${HEAD}\r\n`, 400, 'malformed_request'],
    ['what is no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['headers that are too large', `GET / ${HEAD}x: ${'a'.repeat(70_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['a header that is none', `GET / ${HEAD}no header\r\n\r\n`, 400, 'malformed_request'],
    [
      'two lengths',
      `POST /webhooks/victig ${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`,
      400,
      'malformed_request',
    ],
    [
      'another content type than JSON',
      `POST /admin/v1/installations ${HEAD}content-type: text/xml\r\ncontent-length: 4\r\n\r\n<a/>`,
      415,
      'unsupported_media_type',
    ],
    [
      'a compressed body',
      `POST /webhooks/victig ${HEAD}content-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}`,
      415,
      'unsupported_media_type',
    ],
  ])('%s gets a problem document (P1, F6)', async (_what, bytes, status, code) => {
    expect(await sendRaw(service.url, bytes)).toEqual(problem(status, code));
  });

  it.each([
    ['9999-12-31T23:59:59-12:00', 'must lie in the year 9999 in UTC at the latest'],
    ['2026-06-30T23:59:60Z', 'must be a valid ISO 8601 date string'],
    ['2026-01-01T00:00:00+99:99', 'must be a valid ISO 8601 date string'],
  ])('the time %s, which nothing could be kept of, is refused and named (P1, F6)', async (at, why) => {
    const refusal = (path: string): object => ({
      status: 400,
      errors: [{ path, message: `${path} ${why}` }],
    });
    const made = await service.admin
      .post('/admin/v1/keys')
      .send({ name: 'Nightly report', role: 'viewer', expiresAt: at });
    expect(made.body).toMatchObject(refusal('expiresAt'));
    for (const list of ['orders', 'deliveries', 'audit', 'audit/export']) {
      for (const bound of ['from', 'to']) {
        const listed = await service.admin.get(`/admin/v1/${list}`).query({ [bound]: at });
        expect(listed.body, list).toMatchObject(refusal(bound));
      }
    }
  });

  it.each(['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59+12:00'])(
    'the time %s, the last that can be said, is taken (P1, F6)',
    async (expiresAt) => {
      const key = { name: 'Nightly report', role: 'viewer', expiresAt };
      await service.admin.post('/admin/v1/keys').send(key).expect(201);
    },
  );

  it('an empty body that is said to be JSON is none: enough where none is needed, and else named (P1)', async () => {
    const post = (path: string) => service.admin.post(path).set('content-type', 'application/json').send('');
    const id = await createInstallation(service);
    expect((await post(`/admin/v1/installations/${id}/check`)).status).toBe(200);
    const refused = await post('/admin/v1/installations');
    expect(refused.status).toBe(400);
    expect(refused.body).toMatchObject({ code: 'invalid_request' });
  });

  it('a body over 1 MB is 413, one nested deeper than 64 levels 400 (F6)', async () => {
    const post = (body: string): Promise<RawAnswer> =>
      sendRaw(
        service.url,
        `POST /admin/v1/installations ${HEAD}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    expect(await post(`"${'a'.repeat(1_100_000)}"`)).toEqual(problem(413, 'body_too_large'));
    expect(await post('['.repeat(65) + ']'.repeat(65))).toEqual(problem(400, 'malformed_request'));
  });

  it('a key that comes twice is 400, and its path is named, its values are not (F6)', async () => {
    const body = '{"name":"Acme","lever":{"apiKey":"secret-1","apiKey":"secret-2"}}';
    const answer = await service.admin
      .post('/admin/v1/installations')
      .set('content-type', 'application/json')
      .send(body)
      .expect(400);
    expect(answer.body).toMatchObject({
      code: 'malformed_request',
      detail: 'The body has the key "lever.apiKey" more than once: send each key once.',
      errors: [{ path: 'lever.apiKey', message: 'must not be there more than once' }],
    });
    expect(answer.text).not.toContain('secret');
  });

  it('a field that is named as what every object has is as unknown as any other, and named with it (F6)', async () => {
    const answer = await service.admin
      .post('/admin/v1/installations')
      .send({
        colour: 'red',
        constructor: { x: 1 },
        settings: { flag: { toString: 1 } },
        lever: [{ valueOf: 1 }],
      })
      .expect(400);
    const { errors } = answer.body as { errors: { path: string; message: string }[] };
    for (const path of ['colour', 'constructor', 'settings.flag.toString', 'lever.0.valueOf']) {
      const name = path.split('.').at(-1);
      expect(errors).toContainEqual({ path, message: `property ${name} should not exist` });
    }
  });

  it('HEAD is answered as GET without a body', async () => {
    const answer = await sendRaw(service.url, `HEAD /health/live ${HEAD}\r\n`);
    expect(answer).toMatchObject({ status: 200, body: '' });
  });

  it('no input gives a 500, and every refusal is a problem document (F6)', async () => {
    const before = await service.admin.get('/admin/v1/installations').expect(200);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
        fc.oneof(
          fc.constantFrom(...ROUTES),
          fc.tuple(fc.constantFrom(...ROUTES), fc.webPath()).map(([route, more]) => route + more),
        ),
        fc.oneof(
          fc.constant(''),
          fc.webQueryParameters().map((query) => `?${query}`),
          fc
            .tuple(
              fc.constantFrom(
                'limit',
                'cursor',
                'status',
                'installationId',
                'opportunityId',
                'queue',
                'text',
                'product',
                'warning',
                'settingsVersion',
                'from',
                'to',
                'orderGuid',
                'fileNumber',
              ),
              fc.string(),
            )
            .map(([name, value]) => `?${name}=${encodeURIComponent(value)}`),
          fc.constantFrom('?cursor=%00', '?limit=1&limit=2', '?opportunityId=%00', '?opportunityId[a]=b'),
        ),
        fc.constantFrom('application/json', 'application/json; charset=utf-16', 'text/plain', 'nonsense', ''),
        fc.oneof(
          fc.json().map((text) => Buffer.from(text)),
          fc
            .dictionary(
              fc.constantFrom('name', 'lever', 'settings', 'candidate', 'opportunityId', 'dryRun', 'limit'),
              fc.jsonValue(),
            )
            .map((value) => Buffer.from(JSON.stringify(value))),
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        ),
        async (method, path, query, type, body) => {
          const head = `${method} ${path}${query} ${HEAD}${type ? `content-type: ${type}\r\n` : ''}`;
          const request = Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body]);
          const { status, contentType, body: answer } = await sendRaw(service.url, request);
          expect(status, answer).toBeGreaterThan(0);
          expect(status, answer).toBeLessThan(500);
          if (status >= 400) expect(contentType, answer).toBe('application/problem+json');
        },
      ),
      { numRuns: 300 },
    );
    const after = await service.admin.get('/admin/v1/installations').expect(200);
    expect(after.body).toEqual(before.body);
  });
});
