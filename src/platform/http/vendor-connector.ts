import { buildConnector } from 'undici';
import type { OutgoingHosts } from './outgoing-hosts.js';
import { openTunnel } from './proxy-tunnel.js';

/** No connection came about, so nothing can have been sent. */
export class NeverConnected extends Error {
  override readonly name = 'NeverConnected';

  constructor(readonly code: string) {
    super(`no connection: ${code}`);
  }
}

/** The `code` of a system or library error, or its name where it has none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/**
 * Opens connections to allowed addresses only, or tunnels through the proxy for outgoing calls, which resolves the names.
 * Whatever goes wrong up to the end of the TLS handshake is reported as `NeverConnected`: the same ECONNRESET later on
 * would mean that the request may have been heard.
 * @param timeoutMs for the connection; through a proxy for the tunnel, and as long again for TLS within it
 */
export function vendorConnector(hosts: OutgoingHosts, timeoutMs: number): buildConnector.connector {
  const { proxy } = hosts;
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: hosts.lookup });
  const connectBy = proxy === undefined ? connect : throughProxy(proxy, connect, timeoutMs);
  return (options, callback) => {
    connectBy(options, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(new NeverConnected(codeOf(error)), null);
    });
  };
}

const throughProxy =
  (proxy: URL, connect: buildConnector.connector, timeoutMs: number): buildConnector.connector =>
  (options, callback) => {
    const isSecure = options.protocol === 'https:';
    const port = Number(options.port || (isSecure ? 443 : 80));
    openTunnel(proxy, { hostname: options.hostname, port }, timeoutMs, (error, socket) => {
      if (error !== null) callback(error, null);
      else if (isSecure) connect({ ...options, httpSocket: socket }, callback);
      else callback(null, socket);
    });
  };
