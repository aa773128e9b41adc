import { importJWK, type CryptoKey, type JWK } from 'jose';

/** RFC 7518, 3.3: shorter ones must not be used. */
const SHORTEST_RSA_BITS = 2_048;

const ALGORITHM_OF_CURVE: Partial<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'Ed25519',
};

/**
 * The keys of an issuer without those that no signature could be checked by: malformed ones, and RSA keys that are too short.
 * Left in, each token that names one would fail as if the service were at fault, and anybody may write such a token.
 */
export async function usableKeys(keys: readonly object[]): Promise<object[]> {
  const verdicts = await Promise.all(keys.map((key) => isUsable(key)));
  return keys.filter((_key, index) => verdicts[index]);
}

async function isUsable(key: JWK): Promise<boolean> {
  const algorithm = algorithmOf(key);
  if (algorithm === null) return true;
  try {
    const imported = await importJWK(key, algorithm);
    return !(imported instanceof Uint8Array) && bitsOf(imported) >= SHORTEST_RSA_BITS;
  } catch {
    return false;
  }
}

/** By which it would be used for a signature; null for a key that never is one of ours, whatever it looks like. */
function algorithmOf({ kty, crv, alg, use }: JWK): string | null {
  if (use !== undefined && use !== 'sig') return null;
  if (kty === 'RSA') return alg ?? 'RS256';
  if (kty === 'EC' || kty === 'OKP') return ALGORITHM_OF_CURVE[crv ?? ''] ?? null;
  return null;
}

/** Of keys that are no RSA keys all have enough. */
const bitsOf = ({ algorithm }: CryptoKey): number =>
  'modulusLength' in algorithm && typeof algorithm.modulusLength === 'number'
    ? algorithm.modulusLength
    : Infinity;
