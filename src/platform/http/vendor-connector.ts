import { buildConnector } from 'undici';
import type { OutgoingHosts } from './outgoing-hosts.js';

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
 * Opens connections to allowed addresses only. Whatever goes wrong up to the end of the TLS handshake is
 * reported as `NeverConnected`: the same ECONNRESET later on would mean that the request may have been heard.
 */
export function vendorConnector(hosts: OutgoingHosts, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs, allowH2: false, lookup: hosts.lookup });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(new NeverConnected(codeOf(error)), null);
    });
  };
}
