import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { buildConnector } from 'undici';

/** No tunnel came about: the code is the proxy's status, or that it did not answer in time. */
export class NoTunnel extends Error {
  override readonly name = 'NoTunnel';

  constructor(readonly code: `PROXY_${number}` | 'PROXY_TIMEOUT') {
    super(`no tunnel: ${code}`);
  }
}

export interface TunnelEnd {
  /** A name, which the proxy resolves, or an address, of IPv6 without brackets. */
  hostname: string;
  port: number;
}

/**
 * Has a proxy open a tunnel (`CONNECT`, RFC 9110 section 9.3.6); its credentials, if any, stand in its URL.
 * @param done is called once, with `NoTunnel` or the error of the connection to the proxy if there is no tunnel
 */
export function openTunnel(
  proxy: URL,
  end: TunnelEnd,
  timeoutMs: number,
  done: buildConnector.Callback,
): void {
  const authority = `${isIPv6(end.hostname) ? `[${end.hostname}]` : end.hostname}:${end.port}`;
  const ask = proxy.protocol === 'https:' ? requestSecure : requestPlain;
  const host = proxy.hostname.replace(/^\[|\]$/g, '');
  const asked = ask({
    host,
    port: proxy.port,
    // For TLS with the proxy, whose name the header `host` does not have.
    servername: isIP(host) === 0 ? host : '',
    method: 'CONNECT',
    path: authority,
    // One for each tunnel, which the tunnel then is.
    agent: false,
    headers: { host: authority, ...(proxy.username !== '' && { 'proxy-authorization': basic(proxy) }) },
  });
  const timer = setTimeout(() => asked.destroy(new NoTunnel('PROXY_TIMEOUT')), timeoutMs);
  asked.on('error', (error) => {
    clearTimeout(timer);
    done(error, null);
  });
  asked.on('connect', ({ statusCode = 0 }: IncomingMessage, socket: Socket, head: Buffer) => {
    clearTimeout(timer);
    if (statusCode >= 200 && statusCode <= 299) {
      socket.unshift(head);
      done(null, socket);
      return;
    }
    socket.destroy();
    done(new NoTunnel(`PROXY_${statusCode}`), null);
  });
  asked.end();
}

const basic = ({ username, password }: URL): string =>
  `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
