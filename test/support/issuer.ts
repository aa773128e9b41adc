import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
} from 'jose';
import { LocalServer, sendJson } from './local-server.js';

export const AUDIENCE = 'bgc-admin-api';

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  published: JWK;
}

/** An OIDC issuer on this machine: its discovery document, its keys, and the tokens it signs. */
export class Issuer {
  /** How often its keys were asked for. */
  keysRead = 0;
  /** What its discovery document says in place of the truth. */
  discovery: Record<string, unknown> = {};
  isDown = false;
  /** What it publishes beside its own keys. */
  otherKeys: object[] = [];
  private keys: SigningKey[] = [];

  private constructor(private readonly server: LocalServer) {}

  static async start(): Promise<Issuer> {
    const issuer = new Issuer(await LocalServer.start());
    await issuer.rotate();
    issuer.server.answer(({ target }, response) => {
      if (issuer.isDown) sendJson(response, 503, {});
      else if (target === '/tenant/.well-known/openid-configuration') {
        sendJson(response, 200, { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...issuer.discovery });
      } else if (target === '/tenant/keys') {
        issuer.keysRead++;
        const own = issuer.keys.map(({ published }) => published);
        sendJson(response, 200, { keys: [...own, ...issuer.otherKeys] });
      } else sendJson(response, 404, {});
    });
    return issuer;
  }

  get url(): string {
    return `${this.server.url}/tenant`;
  }

  /** Requests of any kind that it received. */
  get asked(): number {
    return this.server.received.length;
  }

  /** A new key; the old ones are not published any more. */
  async rotate(alg = 'RS256'): Promise<void> {
    this.keys = [await newKey(alg)];
  }

  /** A token as it would give it to a person who may use the admin API. */
  async token(
    claims: JWTPayload = {},
    header: Partial<JWTHeaderParameters> = {},
    by?: SigningKey,
  ): Promise<string> {
    const key = by ?? this.keys[0];
    if (!key) throw new Error('the issuer has no key');
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      iss: this.url,
      aud: AUDIENCE,
      sub: 'ada@example.com',
      iat: now,
      exp: now + 600,
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}

let made = 0;

/** A key that no issuer publishes, unless one rotates to it. */
export async function newKey(alg = 'RS256'): Promise<SigningKey> {
  const kid = `key-${++made}`;
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, published: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}
