import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { AppConfig } from '../config/app-config.js';
import { isPublicAddress } from './public-address.js';

export type OutgoingRefusal = 'host_not_configured' | 'insecure_scheme' | 'private_address';

/** A call was not made because its target is none that this service may talk to (A6). */
export class OutgoingRefused extends Error {
  override readonly name = 'OutgoingRefused';

  constructor(
    readonly code: OutgoingRefusal,
    host: string,
  ) {
    super(`outgoing call to ${host} refused: ${code}`);
  }
}

type Resolve = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface OutgoingRules {
  /** Hosts as in a URL, with the port where it is not the scheme's own. */
  hosts: readonly string[];
  /** Private and loopback addresses, and plain http, are allowed: tests and the sandbox. */
  allowPrivate: boolean;
  /** By which all calls go, and which resolves the names of hosts; undefined: none. */
  proxy?: URL | undefined;
}

/**
 * Where outgoing calls may go (A6): to configured hosts only, and to public addresses only unless configured.
 * Addresses are judged in `lookup`, which the connection itself uses: what was judged is what is connected to. Through a
 * proxy nothing is looked up here: it judges what names stand for (docs/adr/0043).
 */
export class OutgoingHosts {
  private readonly hosts: ReadonlySet<string>;

  constructor(
    private readonly rules: OutgoingRules,
    private readonly resolve: Resolve = systemLookup,
  ) {
    this.hosts = new Set(rules.hosts);
  }

  static of(config: Pick<AppConfig, 'lever' | 'victig' | 'outgoing'>): OutgoingHosts {
    const urls = [config.lever.apiUrl, config.lever.authUrl, config.victig.apiUrl];
    return new OutgoingHosts({
      hosts: [...urls.map((url) => new URL(url).host), ...config.victig.reportHosts],
      allowPrivate: config.outgoing.allowPrivateHosts,
      proxy: config.outgoing.proxy,
    });
  }

  get proxy(): URL | undefined {
    return this.rules.proxy;
  }

  /** @throws OutgoingRefused when the URL's host, scheme or literal address is not allowed. */
  check(url: URL): void {
    if (!this.hosts.has(url.host)) throw new OutgoingRefused('host_not_configured', url.host);
    if (this.rules.allowPrivate) return;
    if (url.protocol !== 'https:') throw new OutgoingRefused('insecure_scheme', url.host);
    // A literal address is never looked up, so it is judged here.
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
      throw new OutgoingRefused('private_address', url.host);
    }
  }

  /** Resolves a name for a connection; fails when any of its addresses is not public. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses;
      if (error !== null || first === undefined) {
        callback(error ?? notFound(hostname), []);
      } else if (!this.rules.allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
        callback(new OutgoingRefused('private_address', hostname), []);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

const notFound = (hostname: string) =>
  Object.assign(new Error(`no address found for ${hostname}`), { code: 'ENOTFOUND' });
