import type { LeverCredentials } from '../installations/vendor-credentials.js';
import { fingerprint } from '../platform/http/fingerprint.js';
import type { LeverAccount } from './lever-client.js';

/** The one place where an installation's credentials become an account to call with. */
export const accountOf = ({ apiKey, performAs }: LeverCredentials): LeverAccount => ({
  limitKey: `lever:${fingerprint(apiKey)}`,
  authorization: `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`,
  performAs,
});
