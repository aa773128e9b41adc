import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, type ConfigFault } from './app-config.js';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
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
  ])('refuses %s', (_name, keys) => {
    expect(faultsOf({ ENCRYPTION_KEYS: keys }).map(({ variable }) => variable)).toEqual(['ENCRYPTION_KEYS']);
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

  it.each([
    ['production', 'https://api.lever.co/v1', 'https://sandbox-lever.auth0.com'],
    ['sandbox', 'https://api.sandbox.lever.co/v1', 'https://auth.lever.co'],
  ])("refuses Lever's %s with the tokens of the other, beside all other faults", (name, api, auth) => {
    const env = { LEVER_API_URL: api, LEVER_AUTH_URL: auth, PORT: 'many' };
    const faults = faultsOf({ ...enough, ...env });
    expect(faults.map(({ variable }) => variable)).toEqual(['PORT', 'LEVER_AUTH_URL']);
    expect(faults[1]?.problem).toContain(`LEVER_API_URL is its ${name}`);
  });

  it('takes any hosts of Lever that it does not know, and does not mind an authorization server that is not used', () => {
    const eu = { LEVER_API_URL: 'https://api.eu.lever.co/v1', LEVER_AUTH_URL: 'https://auth.lever.co' };
    expect(faultsOf({ ...enough, ...eu })).toEqual([]);
    const sandbox = { LEVER_API_URL: 'https://api.sandbox.lever.co/v1' };
    expect(faultsOf({ ...enough, ...sandbox })).toEqual([]);
    const app = { LEVER_CLIENT_ID: 'id', LEVER_CLIENT_SECRET: 'secret' };
    expect(faultsOf({ ...enough, ...sandbox, ...app })).toHaveLength(1);
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
