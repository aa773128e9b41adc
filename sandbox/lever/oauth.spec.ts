import { beforeEach, describe, expect, it } from 'vitest';
import { caller, dig, digText } from '../spec/call.ts';
import type { Answer } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';

const { oauthClientId, oauthClientSecret } = SEED.lever;
const REDIRECT = 'http://127.0.0.1:3000/oauth/lever/callback';
const HOUR_MS = 3_600_000;

describe('OAuth at Lever', () => {
  let nowMs = 1_800_000_000_000;
  const at = useSandbox({ now: () => nowMs });
  beforeEach(() => {
    nowMs = 1_800_000_000_000;
  });

  const authorize = (change: Record<string, string> = {}): Promise<Answer> => {
    const parameters = new URLSearchParams({
      client_id: oauthClientId,
      redirect_uri: REDIRECT,
      response_type: 'code',
      state: 'st&te',
      audience: `${at.sandbox.leverApiUrl}/`,
      scope: 'offline_access stages:read:admin',
      ...change,
    });
    return caller(at.sandbox.leverAuthUrl)('GET', `/authorize?${parameters.toString()}`);
  };

  const token = async (form: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${at.sandbox.leverAuthUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: oauthClientId, client_secret: oauthClientSecret, ...form }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  const connect = async (change: Record<string, string> = {}): Promise<Answer> => {
    await at.drive('PATCH', '/lever/behaviour', { autoConsent: 'accept' });
    const back = new URL((await authorize(change)).headers.get('location') ?? '');
    const code = back.searchParams.get('code') ?? '';
    return token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT });
  };

  const stagesWith = async (accessToken: string): Promise<number> => {
    const answer = await caller(at.sandbox.leverApiUrl, `Bearer ${accessToken}`)('GET', '/stages');
    return answer.status;
  };

  it('asks a person on a page, whose buttons lead back', async () => {
    const page = await authorize();
    expect(page.body).toContain('Accept');
    expect(page.body).toContain('st&amp;te');
    const query = new URLSearchParams({
      client_id: oauthClientId,
      redirect_uri: REDIRECT,
      response_type: 'code',
      state: 'st&te',
      audience: 'https://api.lever.co/v1/',
      scope: 'stages:read:admin',
      decision: 'accept',
    });
    const back = await caller(at.sandbox.leverAuthUrl)('GET', `/consent?${query.toString()}`);
    const location = new URL(back.headers.get('location') ?? '');
    expect(location.searchParams.get('state')).toBe('st&te');
    expect(location.searchParams.get('code')).toBeTruthy();
  });

  it('leads back with an error when the person refuses', async () => {
    await at.drive('PATCH', '/lever/behaviour', { autoConsent: 'deny' });
    const location = new URL((await authorize()).headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      state: 'st&te',
      error: 'access_denied',
      error_description: 'user_did_not_authorize_the_request',
    });
  });

  it('shows "undefined" for a redirect address that is not registered', async () => {
    await at.drive('POST', '/lever/oauth-clients', {
      clientId: 'strict',
      clientSecret: 's',
      redirectUris: ['https://right.example/callback'],
    });
    const page = await authorize({ client_id: 'strict' });
    expect(page.status).toBe(400);
    expect(page.body).toContain('undefined');
  });

  it('gives tokens that work for an hour', async () => {
    const tokens = await connect();
    expect(tokens.body).toMatchObject({
      token_type: 'Bearer',
      scope: 'offline_access stages:read:admin',
      expires_in: 3600,
    });
    const access = digText(tokens.body, 'access_token');
    expect(await stagesWith(access)).toBe(200);
    nowMs += HOUR_MS;
    expect(await stagesWith(access)).toBe(401);
  });

  it('gives useless tokens when the audience lacks its slash', async () => {
    const tokens = await connect({ audience: 'https://api.lever.co/v1' });
    expect(dig(tokens.body, 'scope')).toBe('offline_access');
    expect(await stagesWith(digText(tokens.body, 'access_token'))).toBe(403);
  });

  it('takes a code once, and only from its own client and address', async () => {
    await at.drive('PATCH', '/lever/behaviour', { autoConsent: 'accept' });
    const code = async (): Promise<string> =>
      new URL((await authorize()).headers.get('location') ?? '').searchParams.get('code') ?? '';
    const once = { grant_type: 'authorization_code', code: await code(), redirect_uri: REDIRECT };
    expect((await token(once)).status).toBe(200);
    expect((await token(once)).status).toBe(403);
    const elsewhere = { ...once, code: await code(), redirect_uri: 'https://elsewhere.example/' };
    expect((await token(elsewhere)).status).toBe(403);
    expect((await token({ ...once, client_secret: 'wrong' })).status).toBe(401);
  });

  it('rotates the refresh token: the old one dies', async () => {
    const first = await connect();
    const old = digText(first.body, 'refresh_token');
    const second = await token({ grant_type: 'refresh_token', refresh_token: old });
    expect(second.status).toBe(200);
    expect(digText(second.body, 'refresh_token')).not.toBe(old);
    const refused = await token({ grant_type: 'refresh_token', refresh_token: old });
    expect([refused.status, refused.body]).toEqual([
      403,
      { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
    ]);
  });

  it('ends with the revocation: no refresh, no API', async () => {
    const tokens = await connect();
    expect((await at.drive('POST', '/lever/revoke')).body).toEqual({ keys: 0, grants: 1 });
    const refresh = { grant_type: 'refresh_token', refresh_token: digText(tokens.body, 'refresh_token') };
    expect((await token(refresh)).status).toBe(403);
    expect(await stagesWith(digText(tokens.body, 'access_token'))).toBe(401);
  });

  it('lets the access token outlive the revocation when told to', async () => {
    const tokens = await connect();
    await at.drive('PATCH', '/lever/behaviour', { accessTokenOutlivesGrant: true });
    await at.drive('POST', '/lever/revoke', {});
    expect(await stagesWith(digText(tokens.body, 'access_token'))).toBe(200);
  });

  it('forgets a pasted API key that is removed', async () => {
    await at.drive('POST', '/lever/revoke', { key: SEED.lever.apiKey });
    expect((await at.lever('GET', '/stages')).status).toBe(401);
  });
});
