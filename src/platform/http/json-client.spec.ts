import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failureOf } from '../../../test/support/failure-of.js';
import { LocalServer, listen, sendJson } from '../../../test/support/local-server.js';
import { SetClock } from '../../../test/support/set-clock.js';
import { JsonClient, type JsonRequest, type VendorApi } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';

const thing = z.object({ id: z.string() });
const clock = new SetClock();

describe('the JSON client', () => {
  let server: LocalServer;
  let client: JsonClient;

  const clientFor = (hosts: OutgoingHosts, connectTimeoutMs = 20_000, at = clock) =>
    new JsonClient(hosts, at, { connectTimeoutMs, timeoutMs: 30_000, maxAnswerBytes: 1_000 });

  const apiAt = (baseUrl: string): VendorApi => ({
    vendor: 'Acme',
    baseUrl,
    faultOf: (body) => {
      const fault = z.object({ code: z.string() }).safeParse(body);
      return fault.success ? { code: fault.data.code } : {};
    },
  });

  const get = (more: Partial<JsonRequest<unknown>> = {}) =>
    client.send({
      api: apiAt(`${server.url}/v1`),
      method: 'GET',
      route: '/things/:id',
      params: { id: 't-1' },
      headers: {},
      schema: thing,
      ...more,
    });

  beforeAll(async () => {
    server = await LocalServer.start();
    client = clientFor(new OutgoingHosts({ hosts: [new URL(server.url).host], allowPrivate: true }));
  });

  beforeEach(() => server.reset());

  afterAll(async () => {
    await client.onApplicationShutdown();
    await server.stop();
  });

  describe('when all is well', () => {
    it('answers only what the schema lets through', async () => {
      server.answerJson(200, { id: 't-1', secret: 'not for us' }, { link: '<x?page=1>; rel="next"' });
      expect(await get()).toEqual({
        status: 200,
        data: { id: 't-1' },
        link: '<x?page=1>; rel="next"',
        date: expect.any(Date) as unknown,
      });
    });

    it('tells an empty Link header from none', async () => {
      server.answerJson(200, { id: 't-1' }, { link: '' });
      expect((await get()).link).toBe('');
      server.answerJson(200, { id: 't-1' });
      expect((await get()).link).toBeNull();
    });

    it('sends path, query, headers and body as given', async () => {
      server.answerJson(201, { id: 't-1' });
      await get({
        method: 'POST',
        params: { id: 'a/b?c' },
        query: 'offset=%5B3%2C1%5D',
        headers: { authorization: 'Bearer k' },
        body: { name: 'é' },
      });
      expect(server.received[0]).toMatchObject({
        method: 'POST',
        target: '/v1/things/a%2Fb%3Fc?offset=%5B3%2C1%5D',
        headers: { authorization: 'Bearer k', 'content-type': 'application/json' },
        body: '{"name":"é"}',
      });
    });

    it('takes an answer without a body', async () => {
      server.answer((_request, response) => response.writeHead(204).end());
      expect((await get({ schema: z.undefined() })).data).toBeUndefined();
    });

    it('uses its connections again', async () => {
      const ports = new Set<number | undefined>();
      server.answer((_request, response, incoming) => {
        ports.add(incoming.socket.remotePort);
        sendJson(response, 200, { id: 't-1' });
      });
      for (let n = 0; n < 8; n++) await get();
      expect(ports.size).toBeLessThan(4);
    });
  });

  describe('when the process stands still before what must have begun by then (V4, F1)', () => {
    const late = { failure: 'timed_out', fate: 'not_sent', code: 'too_late' };
    let now: SetClock;
    let own: JsonClient;

    beforeEach(() => {
      now = new SetClock();
      own = clientFor(
        new OutgoingHosts({ hosts: [new URL(server.url).host], allowPrivate: true }),
        20_000,
        now,
      );
    });
    afterEach(() => own.onApplicationShutdown());

    const post = () =>
      own.send({
        api: apiAt(server.url),
        method: 'POST',
        route: '/things',
        headers: {},
        body: {},
        schema: thing,
        notAfter: now.now(),
      });

    it('sends nothing when there is a connection at last', async () => {
      server.answerJson(201, { id: 't-1' });
      const sent = failureOf(post());
      now.advance(1);
      expect(await sent).toMatchObject(late);
      expect(server.received).toEqual([]);
      await post();
      expect(server.received).toHaveLength(1);
    });

    it('does not follow a redirect', async () => {
      server.answer((_request, response) => {
        now.advance(1);
        response.writeHead(307, { location: '/elsewhere' }).end();
      });
      expect(await failureOf(post())).toMatchObject(late);
      expect(server.received).toHaveLength(1);
    });
  });

  describe('when the vendor refuses (F2)', () => {
    it.each([
      [400, 'rejected', 'answered'],
      [401, 'unauthorized', 'answered'],
      [403, 'unauthorized', 'answered'],
      [404, 'rejected', 'answered'],
      [408, 'timed_out', 'unknown'],
      [409, 'rejected', 'answered'],
      [422, 'rejected', 'answered'],
      [429, 'rate_limited', 'answered'],
      [500, 'unavailable', 'unknown'],
      [503, 'unavailable', 'unknown'],
      [302, 'malformed', 'unknown'],
    ])('makes %i %s, with the fate %s', async (status, failure, fate) => {
      server.answerJson(status, { code: 'X' });
      expect(await failureOf(get())).toMatchObject({ failure, fate, status });
    });

    it("keeps the vendor's own code, and does without when the answer is not JSON", async () => {
      server.answerJson(400, { code: 'VALIDATION' });
      expect(await failureOf(get())).toMatchObject({ code: 'VALIDATION' });
      server.answer((_request, response) => response.writeHead(502).end('<html>Bad gateway'));
      expect(await failureOf(get())).not.toHaveProperty('code');
    });

    it.each([
      ['7', 7_000],
      [new Date(clock.now().getTime() + 90_000).toUTCString(), 90_000],
    ])('reads Retry-After %s', async (retryAfter, retryAfterMs) => {
      server.answerJson(429, {}, { 'retry-after': retryAfter });
      expect(await failureOf(get())).toMatchObject({ retryAfterMs });
    });

    it('keeps the status when the explanation is too long to read', async () => {
      server.answer((_request, response) => response.writeHead(401).end('x'.repeat(2_000)));
      expect(await failureOf(get())).toMatchObject({ failure: 'unauthorized', status: 401 });
    });

    it('names the method and the route, never an id (A4)', async () => {
      server.answerJson(404, {});
      expect((await failureOf(get())).message).toBe('Acme: GET /things/:id rejected (HTTP 404)');
    });
  });

  describe('when the answer cannot be used (F2)', () => {
    it.each([
      ['is not JSON', '<html>'],
      ['is not what the schema asks for', '{"id":7}'],
      ['is empty', ''],
      ['is too long', JSON.stringify({ id: 'x'.repeat(1_000) })],
    ])('is malformed, of unknown fate, when it %s', async (_what, body) => {
      server.answer((_request, response) => response.writeHead(200).end(body));
      expect(await failureOf(get())).toMatchObject({ failure: 'malformed', fate: 'unknown' });
    });

    it('is malformed when it is not HTTP at all', async () => {
      const babbler = createServer((socket) => socket.on('data', () => socket.end('hello\r\n\r\n')));
      const port = await listen(babbler);
      const other = clientFor(new OutgoingHosts({ hosts: [`127.0.0.1:${port}`], allowPrivate: true }));
      const call = other.send({
        api: apiAt(`http://127.0.0.1:${port}`),
        method: 'GET',
        route: '/',
        headers: {},
        schema: thing,
      });
      expect(await failureOf(call)).toMatchObject({ failure: 'malformed', fate: 'unknown' });
      await other.onApplicationShutdown();
      babbler.close();
    });
  });

  describe('when the connection fails (F2)', () => {
    const deafApi = (port: number) => apiAt(`http://127.0.0.1:${port}`);

    it('knows that nothing was sent when the connection is refused', async () => {
      const gone = await LocalServer.start();
      const { port } = gone;
      await gone.stop();
      const other = clientFor(new OutgoingHosts({ hosts: [`127.0.0.1:${port}`], allowPrivate: true }));
      const call = other.send({ api: deafApi(port), method: 'GET', route: '/', headers: {}, schema: thing });
      expect(await failureOf(call)).toMatchObject({
        failure: 'unreachable',
        fate: 'not_sent',
        code: 'ECONNREFUSED',
      });
    });

    it.each([
      ['the name does not resolve', 'ENOTFOUND', (fail: (error: Error) => void) => fail(named('ENOTFOUND'))],
      ['connecting takes too long', 'UND_ERR_CONNECT_TIMEOUT', () => undefined],
    ])('knows that nothing was sent when %s', async (_what, code, resolve) => {
      const hosts = new OutgoingHosts(
        { hosts: ['acme.test:9'], allowPrivate: true },
        (_name, _options, callback) => resolve((error) => callback(error, [])),
      );
      const call = clientFor(hosts, 80).send({
        api: apiAt('http://acme.test:9'),
        method: 'POST',
        route: '/',
        headers: {},
        schema: thing,
      });
      expect(await failureOf(call)).toMatchObject({ failure: 'unreachable', fate: 'not_sent', code });
    });

    it('does not know what became of a request whose connection dropped', async () => {
      server.answer((_request, _response, incoming) => incoming.socket.destroy());
      expect(await failureOf(get({ method: 'POST' }))).toMatchObject({
        failure: 'unreachable',
        fate: 'unknown',
      });
      expect(server.received).toHaveLength(1);
    });

    it('does not know what became of a request whose answer broke off', async () => {
      server.answer((_request, response, incoming) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"id":', () => incoming.socket.destroy());
      });
      expect(await failureOf(get({ method: 'POST' }))).toMatchObject({
        failure: 'unreachable',
        fate: 'unknown',
      });
    });

    it('gives up on an answer that does not come in time', async () => {
      server.answer(() => undefined);
      expect(await failureOf(get({ timeoutMs: 60 }))).toMatchObject({
        failure: 'timed_out',
        fate: 'unknown',
      });
    });

    it('gives up on an answer that does not end in time', async () => {
      server.answer((_request, response) => response.writeHead(200).write('{"id":'));
      expect(await failureOf(get({ timeoutMs: 60 }))).toMatchObject({
        failure: 'timed_out',
        fate: 'unknown',
      });
    });
  });

  describe('when the request itself cannot be made', () => {
    it.each(['', '.', '..', '\ud800'])('refuses the id %j before anything is sent', async (id) => {
      expect(await failureOf(get({ params: { id } }))).toMatchObject({
        failure: 'rejected',
        fate: 'not_sent',
        code: 'unusable_id',
      });
    });

    it('takes a credential that HTTP cannot carry for one that does not authorize', async () => {
      const call = get({ headers: { authorization: 'Bearer a\nb' } });
      expect(await failureOf(call)).toMatchObject({ failure: 'unauthorized', fate: 'not_sent' });
    });
  });

  describe('when it is sent elsewhere (A6)', () => {
    it.each([301, 307, 308])('follows %i within the origin, method and body unchanged', async (status) => {
      server.answer((request, response) => {
        if (request.target === '/v1/moved') sendJson(response, 200, { id: 't-2' });
        else response.writeHead(status, { location: '/v1/moved' }).end();
      });
      expect((await get({ method: 'POST', body: { a: 1 } })).data).toEqual({ id: 't-2' });
      const followed = server.received.find(({ target }) => target === '/v1/moved');
      expect(followed).toMatchObject({ method: 'POST', body: '{"a":1}' });
    });

    it('does not follow to another origin', async () => {
      const elsewhere = await LocalServer.start();
      server.answer((_request, response) => response.writeHead(307, { location: elsewhere.url }).end());
      expect(await failureOf(get())).toMatchObject({
        failure: 'malformed',
        status: 307,
        code: 'sent_elsewhere',
      });
      expect(elsewhere.received).toHaveLength(0);
      await elsewhere.stop();
    });

    it('stops after three redirects', async () => {
      server.answer((request, response) => response.writeHead(307, { location: request.target }).end());
      expect(await failureOf(get())).toMatchObject({ failure: 'malformed', status: 307 });
      expect(server.received).toHaveLength(4);
    });

    it('makes no call to a host that is not configured', async () => {
      const call = get({ api: apiAt('https://elsewhere.example/v1') });
      expect(await failureOf(call)).toMatchObject({
        failure: 'unreachable',
        fate: 'not_sent',
        code: 'host_not_configured',
      });
    });
  });
});

const named = (code: string): Error => Object.assign(new Error(code), { code });
