import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { failureOf } from '../../test/support/failure-of.js';
import { LocalServer } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import { isRefusedGrant, LeverTokenEndpoint } from './lever-token-endpoint.js';

const REFRESH_TOKEN = 'v1.the-refresh-token';
const CLIENT_SECRET = 'the-client-secret';

const jwt = (claims: object): string =>
  ['{"alg":"HS512"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

describe("Lever's token endpoint (I4)", () => {
  const clock = new SetClock();
  const IN_A_MINUTE = new Date(clock.now().getTime() + 60_000);
  let server: LocalServer;
  let http: JsonClient;
  let endpoint: LeverTokenEndpoint;

  beforeAll(async () => {
    server = await LocalServer.start();
    const config = configFor(
      {},
      { LEVER_AUTH_URL: server.url, LEVER_CLIENT_ID: 'the-client', LEVER_CLIENT_SECRET: CLIENT_SECRET },
    );
    http = new JsonClient(OutgoingHosts.of(config), clock);
    endpoint = new LeverTokenEndpoint(http, config);
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await http.onApplicationShutdown();
    await server.stop();
  });

  const answer = { access_token: 'opaque', refresh_token: 'v1.next', token_type: 'Bearer', expires_in: 3600 };

  it('is asked with a form, and nothing of it is in the address', async () => {
    server.answerJson(200, answer);
    await endpoint.refresh(REFRESH_TOKEN, IN_A_MINUTE);
    await endpoint.exchangeCode('the-code', 'https://bgc.example/oauth/lever/callback');
    const sent = server.received.map(({ method, target, headers, body }) => ({
      line: `${method} ${target}`,
      type: headers['content-type'],
      form: Object.fromEntries(new URLSearchParams(body)),
    }));
    const app = { client_id: 'the-client', client_secret: CLIENT_SECRET };
    expect(sent).toEqual([
      {
        line: 'POST /oauth/token',
        type: 'application/x-www-form-urlencoded',
        form: { grant_type: 'refresh_token', refresh_token: REFRESH_TOKEN, ...app },
      },
      {
        line: 'POST /oauth/token',
        type: 'application/x-www-form-urlencoded',
        form: {
          grant_type: 'authorization_code',
          code: 'the-code',
          redirect_uri: 'https://bgc.example/oauth/lever/callback',
          ...app,
        },
      },
    ]);
  });

  it.each<[what: string, body: object, expected: object]>([
    ['what is documented', { scope: 'offline_access notes:write:admin' }, { expiresInSeconds: 3600 }],
    ['an unknown field', { id_token: 'x', nested: { a: 1 } }, { accessToken: 'opaque' }],
    ['a life as text', { expires_in: '1800' }, { expiresInSeconds: 1800 }],
    ['no life', { expires_in: undefined }, { expiresInSeconds: 3600 }],
    ['a life that cannot be', { expires_in: -5 }, { expiresInSeconds: 3600 }],
    ['no new refresh token', { refresh_token: undefined }, { refreshToken: null }],
    ['scopes', { scope: 'a  b' }, { scopes: ['a', 'b'] }],
    ['no scopes', {}, { scopes: null }],
    ['empty scopes', { scope: '' }, { scopes: null }],
    ['a token that is no JWT', { access_token: 'a.b.c' }, { accountId: null }],
    [
      'a token that names its account',
      { access_token: jwt({ 'https://oauth.lever.co/accountId': 'acme-1' }) },
      { accountId: 'acme-1' },
    ],
    [
      'a token that names an account that cannot be',
      { access_token: jwt({ 'https://oauth.lever.co/accountId': '<script>' }) },
      { accountId: null },
    ],
  ])('is understood with %s', async (_what, body, expected) => {
    server.answerJson(200, { ...answer, ...body });
    expect(await endpoint.refresh(REFRESH_TOKEN, IN_A_MINUTE)).toMatchObject(expected);
  });

  it.each<[refused: boolean, status: number, body: unknown]>([
    [true, 403, { error: 'invalid_grant', error_description: `Unknown or invalid ${REFRESH_TOKEN}` }],
    [true, 400, { error: 'invalid_grant' }],
    [true, 400, { error: 'access_denied' }],
    [true, 401, { error: 'access_denied' }],
    [true, 401, '<html>'],
    [true, 403, {}],
    [false, 401, { error: 'invalid_client' }],
    [false, 403, { error: 'unauthorized_client' }],
    [false, 400, { error: 'invalid_request' }],
    [false, 404, {}],
    [false, 429, { error: 'access_denied_for_now' }],
    [false, 500, { error: 'invalid_grant' }],
    [false, 503, {}],
    [false, 307, {}],
    [false, 200, { access_token: '' }],
    [false, 200, 'hello'],
  ])(
    'refuses the grant: %s, when it answers %i %j; nothing sent is repeated (I6)',
    async (refused, status, body) => {
      server.answerJson(status, body);
      const error = await endpoint.refresh(REFRESH_TOKEN, IN_A_MINUTE).catch((caught: unknown) => caught);
      expect(isRefusedGrant(error)).toBe(refused);
      expect(JSON.stringify([error, String(error)])).not.toMatch(/the-refresh-token|the-client-secret/);
    },
  );

  it('is not asked by a process that stood still while it had the turn: another may have presented the token (I4)', async () => {
    server.answerJson(200, answer);
    const endsBy = new Date(clock.now().getTime() + 10_000);
    expect(await failureOf(endpoint.refresh(REFRESH_TOKEN, endsBy))).toMatchObject({ fate: 'not_sent' });
    expect(server.received).toEqual([]);
  });

  it('that does not answer refuses nothing (I6)', async () => {
    server.answer((_request, _response, incoming) => incoming.socket.destroy());
    const error = await endpoint.refresh(REFRESH_TOKEN, IN_A_MINUTE).catch((caught: unknown) => caught);
    expect(isRefusedGrant(error)).toBe(false);
    expect(await failureOf(endpoint.refresh(REFRESH_TOKEN, IN_A_MINUTE))).toMatchObject({
      failure: 'unreachable',
    });
  });
});
