import { randomUUID, randomBytes } from 'node:crypto';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/platform/config/app-config.js';
import { DomainError } from '../../src/platform/errors/domain-error.js';
import { OidcTokens } from '../../src/platform/access/oidc-tokens.js';
import { ISSUER_TIMINGS, type IssuerTimings } from '../../src/platform/access/issuer-keys.js';
import { ROLES } from '../../src/platform/access/roles.js';
import { ForwardProxy } from '../support/forward-proxy.js';
import { AUDIENCE, Issuer, newKey } from '../support/issuer.js';
import { createInstallation } from '../support/new-installation.js';
import { startTestService, ShiftingClock, type TestService } from '../support/service.js';

const ORDERS = '/admin/v1/orders';
const KEYS = '/admin/v1/keys';

describe('OIDC bearer tokens (A5)', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await Issuer.start();
  });
  afterAll(() => issuer.stop());
  beforeEach(async () => {
    issuer.isDown = false;
    issuer.discovery = {};
    issuer.otherKeys = [];
    await issuer.rotate();
  });

  const envFor = (more: Record<string, string> = {}): Record<string, string> => ({
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
    OIDC_ROLES_CLAIM: 'realm_access.roles',
    OIDC_ROLES: 'bgc-admins=admin, bgc-operators=operator, bgc-readers=viewer, bgc-auditors=auditor',
    ALLOW_PRIVATE_OIDC_HOSTS: 'true',
    ...more,
  });
  const groups = (...roles: string[]): JWTPayload => ({ realm_access: { roles } });

  describe('at the admin API', () => {
    let service: TestService;
    beforeAll(async () => {
      service = await startTestService(
        envFor({ OIDC_INSTALLATION_CLAIM: 'https://bgc.example/installation' }),
      );
    });
    afterAll(() => service.stop());

    const everywhere = { 'https://bgc.example/installation': '*' };
    const by = (token: string): supertest.Agent =>
      supertest.agent(service.url).set('authorization', `Bearer ${token}`);

    it('let people in by the roles of their groups, and are on record without their names (A5, A1, A4)', async () => {
      const expected = { admin: [200, 201], operator: [200, 403], viewer: [200, 403], auditor: [200, 403] };
      const of = {
        admin: 'bgc-admins',
        operator: 'bgc-operators',
        viewer: 'bgc-readers',
        auditor: 'bgc-auditors',
      };
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      const before = issuer.keysRead;
      for (const role of ROLES) {
        const agent = by(await issuer.token({ ...groups('other', of[role]), ...everywhere }));
        expect((await agent.get(ORDERS)).status, role).toBe(expected[role][0]);
        const made = await agent.post(KEYS).send({ name: 'x', role: 'viewer', expiresAt });
        expect(made.status, `${role} ${JSON.stringify(made.body)}`).toBe(expected[role][1]);
      }
      const nobody = await by(await issuer.token({ ...groups('strangers'), ...everywhere })).get(ORDERS);
      expect(nobody.body).toMatchObject({ status: 403, code: 'right_missing' });

      const entries = await service.admin.get('/admin/v1/audit').query({ action: 'key.created' }).expect(200);
      const actors = (entries.body as { items: { actor: string }[] }).items.map(({ actor }) => actor);
      expect(actors.filter((actor) => /^oidc:[\da-f]{32}$/.test(actor))).toHaveLength(1);
      expect(JSON.stringify(entries.body)).not.toContain('ada@example.com');
      expect(issuer.keysRead - before).toBe(1);

      const bound = randomUUID();
      const stranger = by(
        await issuer.token({ ...groups('bgc-admins'), 'https://bgc.example/installation': bound }),
      );
      expect((await stranger.get(KEYS).expect(200)).body).toMatchObject({ items: [] });
      await stranger.post(KEYS).send({ name: 'x', role: 'viewer', expiresAt }).expect(403);
      await by(await issuer.token(groups('bgc-admins')))
        .get(ORDERS)
        .expect(401);
      const lasting = await by(await issuer.token({ ...groups('bgc-admins'), ...everywhere }))
        .post(KEYS)
        .send({ name: 'x', role: 'viewer' });
      expect(lasting.body).toMatchObject({ status: 403, code: 'wider_than_own' });
    });
  });

  describe('of one person for one customer at a time', () => {
    let service: TestService;
    beforeAll(async () => {
      service = await startTestService(envFor({ OIDC_INSTALLATION_CLAIM: 'customer' }));
    });
    afterAll(() => service.stop());

    it('bring no answer that a token for another one was given, by the same Idempotency-Key (A5, P3)', async () => {
      const ours = await createInstallation(service, { name: 'Ours' });
      const theirs = await createInstallation(service, { name: 'Theirs' });
      const expiresAt = new Date(Date.now() + 60_000).toISOString();
      const body = { name: 'Key of ours', role: 'viewer', installationId: ours, expiresAt };
      const key = randomUUID();
      const make = async (customer: string): Promise<supertest.Response> =>
        supertest(service.url)
          .post(KEYS)
          .set('authorization', `Bearer ${await issuer.token({ ...groups('bgc-admins'), customer })}`)
          .set('idempotency-key', key)
          .send(body);
      const made = await make(ours);
      expect(made.status).toBe(201);
      for (const customer of [theirs, '*']) {
        const other = await make(customer);
        expect(other.body, customer).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
      }
      expect((await make(ours)).body).toEqual(made.body);
    });
  });

  describe('are believed', () => {
    const clock = new ShiftingClock();
    const believe = async <T>(
      work: (tokens: OidcTokens) => Promise<T>,
      env: Record<string, string> = {},
      timings: Partial<IssuerTimings> = {},
    ): Promise<T> => {
      const key = randomBytes(32).toString('base64');
      const { oidc } = readConfig({ ENCRYPTION_KEYS: `k:${key}`, ...envFor(env) }).access;
      const tokens = new OidcTokens(oidc, clock, { ...ISSUER_TIMINGS, ...timings });
      try {
        return await work(tokens);
      } finally {
        await tokens.onApplicationShutdown();
      }
    };
    const admin = groups('bgc-admins');

    it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])(
      'when they are signed by the issuer with %s (A5)',
      async (alg) => {
        await issuer.rotate(alg);
        const principal = await believe(async (tokens) =>
          tokens.recognise(await issuer.token(admin, { alg })),
        );
        expect(principal).toMatchObject({ roles: ['admin'], installationId: null });
      },
    );

    it('by keys that were read through a proxy, where one is set (A5)', async () => {
      const proxy = await ForwardProxy.start();
      onTestFinished(() => proxy.stop());
      const { host, port } = new URL(issuer.url);
      proxy.routes.set(host, Number(port));
      const principal = await believe(async (tokens) => tokens.recognise(await issuer.token(admin)), {
        OIDC_PROXY_URL: proxy.url,
      });
      expect(principal).toMatchObject({ roles: ['admin'] });
      expect(new Set(proxy.asked.map(({ authority }) => authority))).toEqual(new Set([host]));
    });

    it('never when forged, foreign, too old, too early, or not for us (A5)', async () => {
      const now = Math.floor(Date.now() / 1_000);
      const stranger = await newKey();
      const [head = '', body = '', signature = ''] = (await issuer.token(admin)).split('.');
      const grander = Buffer.from(JSON.stringify({ ...admin, sub: 'eve' })).toString('base64url');
      const full = { iss: issuer.url, aud: AUDIENCE, sub: 'eve', exp: now + 600, ...admin };
      const forged: Record<string, string> = {
        'of another key': await issuer.token(admin, { kid: 'x' }, stranger),
        'of another key under a known name': await issuer.token(admin, {}, { ...stranger, kid: 'key-1' }),
        'with another body': `${head}.${grander}.${signature}`,
        'without a signature': `${head}.${body}.`,
        unsecured: new UnsecuredJWT(full).encode(),
        'signed with a shared secret': await new SignJWT(full)
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.alloc(32, 7)),
        'of another issuer': await issuer.token({ ...admin, iss: 'https://evil.example' }),
        'for another audience': await issuer.token({ ...admin, aud: 'somebody-else' }),
        expired: await issuer.token({ ...admin, exp: now - 60 }),
        'not yet valid': await issuer.token({ ...admin, nbf: now + 120 }),
        'without a subject': await issuer.token({ ...admin, sub: '' }),
        // As text all such subjects are one, and on record whoever has one would be the other.
        'with an object for a subject': await issuer.token({ ...admin, sub: { id: 7 } as unknown as string }),
        'with a number for a subject': await issuer.token({ ...admin, sub: 7 as unknown as string }),
        rubbish: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
      };
      await believe(async (tokens) => {
        for (const [what, token] of Object.entries(forged)) {
          expect(await tokens.recognise(token), what).toBeNull();
        }
        const endless = await issuer.token({ ...admin, exp: undefined as unknown as number });
        expect(await tokens.recognise(endless), 'without an end').toBeNull();
        expect(await tokens.recognise(await issuer.token(admin))).not.toBeNull();
      });
    });

    it.each<[string, string, object]>([
      ['too short', 'RS256', { kty: 'RSA', n: Buffer.alloc(128, 0xab).toString('base64url'), e: 'AQAB' }],
      ['without its number', 'RS256', { kty: 'RSA', e: 'AQAB', alg: 'RS256' }],
      ['with a number that is none', 'PS256', { kty: 'RSA', n: 7, e: 'AQAB' }],
      ['on no curve', 'ES256', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', use: 'sig' }],
      ['cut off', 'EdDSA', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }],
    ])('never by a key that is %s, and those beside it serve (A5, F6)', async (_what, alg, key) => {
      issuer.otherKeys = [
        { ...key, kid: 'broken' },
        { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
        { kty: 'AKP' },
      ];
      await believe(async (tokens) => {
        const stranger = await newKey(alg);
        expect(
          await tokens.recognise(await issuer.token(admin, { alg, kid: 'broken' }, stranger)),
        ).toBeNull();
        expect(await tokens.recognise(await issuer.token(admin))).not.toBeNull();
      });
    });

    it('with the keys of the issuer read once, however many tokens name unknown ones (A5)', async () => {
      const before = issuer.keysRead;
      await believe(async (tokens) => {
        const stranger = await newKey();
        for (let i = 0; i < 30; i++) {
          expect(
            await tokens.recognise(await issuer.token(admin, { kid: `made-up-${i}` }, stranger)),
          ).toBeNull();
          expect(await tokens.recognise(await issuer.token(admin))).not.toBeNull();
        }
      });
      expect(issuer.keysRead - before).toBe(1);
    });

    it('by a new key as soon as the issuer uses one, and by the old one no longer once it is gone (A5)', async () => {
      await believe(
        async (tokens) => {
          const old = await issuer.token(admin);
          expect(await tokens.recognise(old)).not.toBeNull();
          await issuer.rotate();
          expect(await tokens.recognise(await issuer.token(admin))).not.toBeNull();
          expect(await tokens.recognise(old)).toBeNull();
        },
        {},
        { cooldownMs: 0 },
      );
    });

    it('or said not to be known for now while the issuer is down, which is then left alone for a while (A5)', async () => {
      await believe(async (tokens) => {
        const token = await issuer.token(admin);
        issuer.isDown = true;
        const asked = issuer.asked;
        for (let i = 0; i < 5; i++) {
          const error = await tokens.recognise(token).catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(DomainError);
          expect(error).toMatchObject({ kind: 'unavailable', code: 'issuer_unavailable' });
        }
        expect(issuer.asked - asked).toBe(1);
        issuer.isDown = false;
        clock.forward(ISSUER_TIMINGS.restMs);
        expect(await tokens.recognise(token)).not.toBeNull();
      });
    });

    it('again at once when the clock was set back since the issuer failed (A5)', async () => {
      await believe(async (tokens) => {
        const token = await issuer.token(admin);
        clock.forward(60_000);
        issuer.isDown = true;
        await expect(tokens.recognise(token)).rejects.toMatchObject({ code: 'issuer_unavailable' });
        issuer.isDown = false;
        clock.forward(-60_000);
        expect(await tokens.recognise(token)).not.toBeNull();
      });
    });

    it.each<[string, () => Record<string, unknown>]>([
      ['of another issuer', () => ({ issuer: 'https://evil.example' })],
      ['that sends us elsewhere for its keys', () => ({ jwks_uri: 'http://localhost:1/keys' })],
      ['that names no keys', () => ({ jwks_uri: undefined })],
    ])('never by a discovery document %s (A5, A6)', async (_what, lie) => {
      issuer.discovery = lie();
      await believe(async (tokens) => {
        await expect(tokens.recognise(await issuer.token(admin))).rejects.toMatchObject({
          code: 'issuer_unavailable',
        });
      });
    });

    it('by keys at a configured address, without discovery (A5)', async () => {
      issuer.discovery = { jwks_uri: undefined };
      const believed = await believe(async (tokens) => tokens.recognise(await issuer.token(admin)), {
        OIDC_JWKS_URL: `${issuer.url}/keys`,
      });
      expect(believed).not.toBeNull();
    });

    it.each<[string, Record<string, string>, JWTPayload, string[]]>([
      ['several groups', {}, groups('bgc-auditors', 'bgc-operators'), ['operator', 'auditor']],
      ['a single group', {}, { realm_access: { roles: 'bgc-readers' } }, ['viewer']],
      ['no group', {}, {}, []],
      ['a name that is ours but no group', {}, groups('admin'), []],
      ['what is no text', {}, { realm_access: { roles: [7, null, ['bgc-admins'], {}] } }, []],
      ['a claim that is called like a path', {}, { 'realm_access.roles': ['bgc-readers'] }, ['viewer']],
      ['our own names where no groups are configured', { OIDC_ROLES: '' }, groups('auditor'), ['auditor']],
      ['what every object has', { OIDC_ROLES_CLAIM: 'constructor.name' }, {}, []],
    ])('for the roles that %s give (A5)', async (_what, env, claims, roles) => {
      const principal = await believe(async (tokens) => tokens.recognise(await issuer.token(claims)), env);
      expect(principal?.roles).toEqual(roles);
    });

    it('for one installation, for all, or for nothing, as a configured claim says (A5)', async () => {
      const id = randomUUID();
      await believe(
        async (tokens) => {
          const boundTo = async (value: unknown): Promise<string | null | undefined> =>
            (await tokens.recognise(await issuer.token({ ...admin, customer: value })))?.installationId;
          expect(await boundTo(id.toUpperCase())).toBe(id);
          expect(await boundTo('*')).toBeNull();
          for (const value of [undefined, null, '', 'all', [id], 7])
            expect(await boundTo(value)).toBeUndefined();
        },
        { OIDC_INSTALLATION_CLAIM: 'customer' },
      );
    });
  });
});
