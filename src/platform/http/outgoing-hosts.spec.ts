import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../test/support/failure-of.js';
import { LocalServer } from '../../../test/support/local-server.js';
import { SetClock } from '../../../test/support/set-clock.js';
import { z } from 'zod';
import { readConfig } from '../config/app-config.js';
import { JsonClient } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';
import { isPublicAddress } from './public-address.js';

const HOST = 'api.acme.example';

describe('outgoing calls', () => {
  const strict = new OutgoingHosts({ hosts: [HOST, '10.0.0.5', '[::1]', '8.8.8.8'], allowPrivate: false });

  it.each([
    ['https://evil.example/', 'host_not_configured'],
    [`https://${HOST}:8443/`, 'host_not_configured'],
    [`https://${HOST}.evil.example/`, 'host_not_configured'],
    [`http://${HOST}/`, 'insecure_scheme'],
    ['https://10.0.0.5/', 'private_address'],
    ['https://0x0a.0.0.5/', 'private_address'],
    ['https://[::1]/', 'private_address'],
  ])('do not go to %s: %s (A6)', (url, code) => {
    expect(() => strict.check(new URL(url))).toThrow(expect.objectContaining({ code }));
  });

  it.each([`https://${HOST}/v1`, `https://${HOST}:443/`, 'https://8.8.8.8/'])('go to %s', (url) => {
    expect(() => strict.check(new URL(url))).not.toThrow();
  });

  it('may use http and private addresses where that is configured (A6)', () => {
    const lax = new OutgoingHosts({ hosts: ['127.0.0.1:9'], allowPrivate: true });
    expect(() => lax.check(new URL('http://127.0.0.1:9/'))).not.toThrow();
  });

  it('go to the hosts of the configuration and to no others', () => {
    const env = {
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      VICTIG_REPORT_HOSTS: 'victig.instascreen.net',
    };
    const hosts = OutgoingHosts.of(readConfig(env));
    for (const host of ['api.lever.co', 'auth.lever.co', 'api.instascreen.net', 'victig.instascreen.net']) {
      expect(() => hosts.check(new URL(`https://${host}/`))).not.toThrow();
    }
    expect(() => hosts.check(new URL('https://hire.lever.co/'))).toThrow('host_not_configured');
  });

  it('are not connected when the name leads to a private address (A6)', async () => {
    const inside = await LocalServer.start();
    const host = `${HOST}:${inside.port}`;
    const hosts = new OutgoingHosts({ hosts: [host], allowPrivate: false }, (_name, _options, callback) =>
      callback(null, [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]),
    );
    const call = new JsonClient(hosts, new SetClock()).send({
      api: { vendor: 'Acme', baseUrl: `https://${host}`, faultOf: () => ({}) },
      method: 'GET',
      route: '/',
      headers: {},
      schema: z.unknown(),
    });
    expect(await failureOf(call)).toMatchObject({
      failure: 'unreachable',
      fate: 'not_sent',
      code: 'private_address',
    });
    await inside.stop();
  });

  it('connect to the very address that was judged', async () => {
    const server = await LocalServer.start();
    server.answerJson(200, {});
    const looked: string[] = [];
    const host = `nowhere.invalid:${server.port}`;
    const hosts = new OutgoingHosts({ hosts: [host], allowPrivate: true }, (name, _options, callback) => {
      looked.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    });
    const client = new JsonClient(hosts, new SetClock());
    await client.send({
      api: { vendor: 'Acme', baseUrl: `http://${host}`, faultOf: () => ({}) },
      method: 'GET',
      route: '/',
      headers: {},
      schema: z.unknown(),
    });
    expect(looked).toEqual(['nowhere.invalid']);
    await client.onApplicationShutdown();
    await server.stop();
  });
});

describe('an address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001::200e'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});
