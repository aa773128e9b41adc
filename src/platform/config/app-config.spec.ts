import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, readConfig, type ConfigFault } from './app-config.js';

const key = (name: number): string => createHash('sha256').update(String(name)).digest('base64');
const enough = { ENCRYPTION_KEYS: `k1:${key(1)}` };

function faultsOf(env: Record<string, string>): readonly ConfigFault[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing but encryption keys and has the defaults of the contract', () => {
    const config = readConfig(enough);
    expect(config.http).toEqual({ host: '127.0.0.1', port: 3000, publicUrl: 'http://127.0.0.1:3000' });
    expect(config.database).toMatchObject({ url: undefined, dataDir: './data' });
    expect(config.lever).toMatchObject({
      apiUrl: 'https://api.lever.co/v1',
      requestsPerSecond: 10,
      burst: 20,
    });
    expect(config.victig).toMatchObject({
      apiUrl: 'https://api.instascreen.net/v1',
      decisionField: 'decision',
      requestsPerSecond: 5,
      burst: 10,
      requestsPerDay: 20_000,
    });
    expect(config.outgoing.allowPrivateHosts).toBe(false);
  });

  it('is frozen to its leaves', () => {
    const config = readConfig(enough);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.lever)).toBe(true);
    expect(Object.isFrozen(config.victig.reportHosts)).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ ...enough, PORT: '', DATABASE_URL: '', HOST: '' }).http.port).toBe(3000);
  });

  it('takes several keys, the first of which writes (I2)', () => {
    const { encryption } = readConfig({ ENCRYPTION_KEYS: `k2:${key(2)}, k1:${key(1)}` });
    expect(encryption.keys.map(({ id }) => id)).toEqual(['k2', 'k1']);
  });

  it.each([
    ['no key at all', ''],
    ['a key without an id', key(1)],
    ['a key that is too short', `k1:${Buffer.alloc(16).toString('base64')}`],
    ['two keys of one name', `k1:${key(1)},k1:${key(2)}`],
    ['rubbish', 'rubbish'],
    ['one key under two names', `k1:${key(1)},k2:${key(1)}`],
    ['a key with what is not base64', `k1:${key(1).replace(/^./, '!')}`],
  ])('refuses %s', (_name, keys) => {
    expect(faultsOf({ ENCRYPTION_KEYS: keys }).map(({ variable }) => variable)).toEqual(['ENCRYPTION_KEYS']);
  });

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte', Buffer.alloc(32, 7)],
    [
      'a few bytes, repeated',
      Buffer.from('00112233445566778899aabbccddeeff'.repeat(2).slice(0, 64), 'hex').fill(3, 8),
    ],
    ['a sentence', Buffer.from('correct horse battery staple, ok')],
    ['digits that were typed', Buffer.from('0123456789abcdef0123456789abcdef')],
  ])('refuses a weak key: %s, also beside a good one (I2)', (_name, weak) => {
    const faults = faultsOf({ ENCRYPTION_KEYS: `k2:${key(2)},k1:${weak.toString('base64')}` });
    expect(faults).toMatchObject([
      { variable: 'ENCRYPTION_KEYS', problem: expect.stringMatching(/not random/) as string },
    ]);
    expect(JSON.stringify(faults)).not.toContain(weak.toString('base64'));
  });

  it('takes the keys from a file, one a line, and says what is wrong with it (I2)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'app-config-spec-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = (content: string): string => {
      writeFileSync(join(folder, 'keys'), content);
      return join(folder, 'keys');
    };
    const good = `k2:${key(2)}\r\nk1:${key(1)}\n`;
    const { encryption } = readConfig({ ENCRYPTION_KEYS_FILE: file(good) });
    expect(encryption.keys).toEqual(
      readConfig({ ENCRYPTION_KEYS: `k2:${key(2)},k1:${key(1)}` }).encryption.keys,
    );
    const about = (env: Record<string, string>) =>
      faultsOf(env).map(({ variable, problem }) => `${variable} ${problem}`);
    expect(about({ ENCRYPTION_KEYS_FILE: join(folder, 'none') })).toEqual([
      'ENCRYPTION_KEYS_FILE names a file that cannot be read, or is empty.',
    ]);
    expect(about({ ENCRYPTION_KEYS_FILE: file('') })).toEqual([
      'ENCRYPTION_KEYS_FILE names a file that cannot be read, or is empty.',
    ]);
    expect(about({ ENCRYPTION_KEYS_FILE: file(`k1:${Buffer.alloc(32).toString('base64')}`) })).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEYS_FILE holds a key that is not random/),
    ]);
    expect(about({ ...enough, ENCRYPTION_KEYS_FILE: file(good) })).toEqual([
      'ENCRYPTION_KEYS_FILE is set beside ENCRYPTION_KEYS.',
    ]);
  });

  describe('a proxy for outgoing calls', () => {
    const oidc = { OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'bgc' };

    it.each(['http://proxy.example:3128', 'https://proxy.example/', 'http://us%40er:p%3Aw@[::1]:3128'])(
      'is %s',
      (url) => {
        const config = readConfig({ ...enough, VENDOR_PROXY_URL: url, ...oidc, OIDC_PROXY_URL: url });
        expect(config.outgoing.proxy).toEqual(new URL(url));
        expect(config.access.oidc?.proxy).toEqual(new URL(url));
      },
    );

    it.each([
      'proxy.example:3128',
      'socks5://proxy.example',
      'http://proxy.example/path',
      'http://proxy.example?to=x',
      'http://user:per%cent@proxy.example',
    ])('is not %s', (url) => {
      const faults = faultsOf({ ...enough, VENDOR_PROXY_URL: url, OIDC_PROXY_URL: url });
      const variables = faults.map(({ variable }) => variable).toSorted();
      expect(variables).toEqual(['OIDC_PROXY_URL', 'VENDOR_PROXY_URL']);
      expect(JSON.stringify(faults)).not.toContain(url);
    });

    it('is none unless one is given', () => {
      expect(readConfig(enough).outgoing.proxy).toBeUndefined();
    });
  });

  it('names every fault at once, with its remedy and without the value', () => {
    const faults = faultsOf({
      PORT: '70000',
      DATABASE_URL: 'mysql://secret',
      LEVER_API_URL: 'ftp://secret',
      ALLOW_PRIVATE_VENDOR_HOSTS: 'perhaps',
      ADMIN_API_KEY: 'short-secret',
      RECONCILE_INTERVAL_SECONDS: '0',
    });
    expect(faults.map(({ variable }) => variable).toSorted()).toEqual([
      'ADMIN_API_KEY',
      'ALLOW_PRIVATE_VENDOR_HOSTS',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'LEVER_API_URL',
      'PORT',
      'RECONCILE_INTERVAL_SECONDS',
    ]);
    expect(faults.every(({ remedy }) => remedy.startsWith('Give '))).toBe(true);
    expect(JSON.stringify(faults)).not.toContain('secret');
  });

  describe.each(['LEVER_API_URL', 'VICTIG_API_URL', 'LEVER_AUTH_URL', 'PUBLIC_URL'])(
    '%s, to which paths are appended (F6)',
    (variable) => {
      const faulty = (url: string): unknown[] =>
        faultsOf({ ...enough, [variable]: url }).map((fault) => fault.variable);

      it.each([
        'https://u:secret@host.example/v1',
        'https://u@host.example/v1',
        'https://host.example/v1?a=1',
        'https://host.example/v1?',
        'https://host.example/v1#f',
        'https://host.example/?/v1',
        'https://host.example/#/v1',
      ])('refuses %s', (url) => {
        expect(faulty(url)).toEqual([variable]);
      });

      it('takes a proxy in front, and slashes at the end', () => {
        expect(faulty('https://host.example/proxy/v1//')).toEqual([]);
      });
    },
  );

  it.each(['LEVER_API_URL', 'VICTIG_API_URL'])('refuses %s without its /v1, and asks for it', (variable) => {
    for (const end of ['', '/', '/v2', '/v1/orders', '/xv1', '/V1']) {
      const [fault, ...others] = faultsOf({ ...enough, [variable]: `https://host.example${end}` });
      expect([fault?.variable, ...others], end).toEqual([variable]);
      expect(fault?.remedy).toContain('ends with /v1');
    }
  });

  it.each(['secret-1-of-3,secret-2-of-3,secret-3-of-3', 'Bearer abc,1', 'short', ',', 'Digest user="v", k'])(
    'refuses a callback secret of which a piece alone would let anybody in: %j (V1)',
    (VICTIG_WEBHOOK_SECRET) => {
      const [fault, ...others] = faultsOf({ ...enough, VICTIG_WEBHOOK_SECRET });
      expect(others).toEqual([]);
      expect(fault).toMatchObject({ variable: 'VICTIG_WEBHOOK_SECRET' });
      expect(fault?.remedy).toContain('without a comma');
    },
  );

  it('says which of the keys is there twice (I2)', () => {
    const problemWith = (ENCRYPTION_KEYS: string) =>
      faultsOf({ ENCRYPTION_KEYS }).map(({ problem }) => problem);
    expect(problemWith(`k1:${key(1)},k1:${key(2)}`)).toEqual(['gives one id to two keys.']);
    expect(problemWith(`k1:${key(1)},k2:${key(1)}`)).toEqual(['holds one key under two ids.']);
  });

  it.each(['ADMIN_API_KEY', 'VICTIG_API_TOKEN', 'VICTIG_WEBHOOK_SECRET', 'LEVER_CLIENT_SECRET'])(
    '%s is taken without the line break after it, and refused with what no header carries (A5)',
    (variable) => {
      const setTo = (value: string) => ({
        ...enough,
        LEVER_CLIENT_ID: 'id',
        LEVER_CLIENT_SECRET: 's',
        [variable]: value,
      });
      const good = 'a-secret-of-thirty-two-letters-1';
      const { access, victig, lever } = readConfig(setTo(`${good}\r\n`));
      expect([access.firstKey, victig.apiToken, victig.webhookSecret, lever.clientSecret]).toContain(good);
      for (const inside of ['\n', '\u0000', '\u00e9', '\u200b', '\u2013', '\u{1f511}']) {
        const faults = faultsOf(setTo(good.replace('-of-', inside)));
        expect(
          faults.map((fault) => fault.variable),
          JSON.stringify(inside),
        ).toEqual([variable]);
      }
    },
  );

  it('refuses an admin key with a space in it, which no header would bring back (A5)', () => {
    const faults = faultsOf({ ...enough, ADMIN_API_KEY: 'correct horse battery staple' });
    expect(faults).toMatchObject([
      { variable: 'ADMIN_API_KEY', remedy: expect.stringContaining('visible ASCII') as string },
    ]);
  });

  it('takes one callback secret, and two while they are rotated (V1)', () => {
    for (const VICTIG_WEBHOOK_SECRET of ['Bearer abc-def', 'Bearer abc-def, Bearer ghi-jkl']) {
      expect(faultsOf({ ...enough, VICTIG_WEBHOOK_SECRET })).toEqual([]);
    }
  });

  describe("Lever's API, authorization server and audience", () => {
    const PRODUCTION = {
      LEVER_API_URL: 'https://api.lever.co/v1',
      LEVER_AUTH_URL: 'https://auth.lever.co',
      LEVER_AUDIENCE: 'https://api.lever.co/v1/',
    };
    const SANDBOX = {
      LEVER_API_URL: 'https://api.sandbox.lever.co/v1',
      LEVER_AUTH_URL: 'https://sandbox-lever.auth0.com',
      LEVER_AUDIENCE: 'https://api.sandbox.lever.co/v1/',
    };
    const APP = { LEVER_CLIENT_ID: 'id', LEVER_CLIENT_SECRET: 'secret' };
    const one = (of: object, name: string): Record<string, string> =>
      Object.fromEntries(Object.entries(of).filter(([variable]) => variable === name));

    it.each([PRODUCTION, SANDBOX])('are taken together: %j', (env) => {
      expect(faultsOf({ ...enough, ...env, ...APP })).toEqual([]);
    });

    it.each(
      [
        [PRODUCTION, SANDBOX],
        [SANDBOX, PRODUCTION],
      ].flatMap(([all, other]) =>
        Object.keys(PRODUCTION).map((name) => ({ name, env: { ...all, ...one(other ?? {}, name) } })),
      ),
    )('are refused when $name alone is of the other environment, beside all other faults', ({ env }) => {
      const faults = faultsOf({ ...enough, ...env, PORT: 'many' });
      expect(faults.map(({ variable }) => variable)).toEqual(['PORT', expect.stringMatching(/^LEVER_A/)]);
      expect(faults[1]?.problem).toMatch(/is Lever's (sandbox|production), but LEVER_\w+ is its/);
    });

    it('are the audience with its slash where none is given, and what is given to the letter', () => {
      expect(readConfig(enough).lever.audience).toBe('https://api.lever.co/v1/');
      const { LEVER_API_URL, LEVER_AUTH_URL } = SANDBOX;
      expect(readConfig({ ...enough, LEVER_API_URL, LEVER_AUTH_URL }).lever.audience).toBe(
        'https://api.sandbox.lever.co/v1/',
      );
      const eu = { LEVER_API_URL: 'https://api.eu.lever.co/v1', LEVER_AUDIENCE: PRODUCTION.LEVER_AUDIENCE };
      const { lever } = readConfig({ ...enough, ...eu });
      expect([lever.apiUrl, lever.audience]).toEqual([eu.LEVER_API_URL, eu.LEVER_AUDIENCE]);
    });

    it.each(['https://api.lever.co/v1', 'api.lever.co/v1/', 'ftp://api.lever.co/v1/'])(
      'refuse the audience %s',
      (LEVER_AUDIENCE) => {
        expect(faultsOf({ ...enough, LEVER_AUDIENCE })).toMatchObject([{ variable: 'LEVER_AUDIENCE' }]);
      },
    );

    it("of the EU and of hosts that are not Lever's are taken, but not with the sandbox", () => {
      const eu = { LEVER_API_URL: 'https://api.eu.lever.co/v1' };
      expect(faultsOf({ ...enough, ...eu, ...APP })).toEqual([]);
      const { LEVER_AUTH_URL } = SANDBOX;
      expect(faultsOf({ ...enough, ...eu, LEVER_AUTH_URL })).toMatchObject([{ variable: 'LEVER_AUTH_URL' }]);
      const proxy = { LEVER_API_URL: 'https://proxy.example/v1', LEVER_AUTH_URL: PRODUCTION.LEVER_AUTH_URL };
      expect(faultsOf({ ...enough, ...proxy })).toEqual([]);
      const { LEVER_AUDIENCE } = SANDBOX;
      expect(faultsOf({ ...enough, ...proxy, LEVER_AUDIENCE })).toMatchObject([
        { variable: 'LEVER_AUDIENCE', problem: expect.stringContaining('LEVER_AUTH_URL') as string },
      ]);
    });

    it('do not matter where there is no OAuth app', () => {
      const { LEVER_API_URL } = SANDBOX;
      expect(faultsOf({ ...enough, LEVER_API_URL })).toEqual([]);
      expect(faultsOf({ ...enough, LEVER_API_URL, ...APP })).toHaveLength(1);
    });
  });

  it('refuses half of an OAuth app', () => {
    expect(faultsOf({ ...enough, LEVER_CLIENT_ID: 'id' })).toMatchObject([
      { variable: 'LEVER_CLIENT_SECRET' },
    ]);
    expect(faultsOf({ ...enough, LEVER_CLIENT_SECRET: 's' })).toMatchObject([
      { variable: 'LEVER_CLIENT_ID' },
    ]);
  });
});
