import type { VictigCredentials } from '../installations/vendor-credentials.js';
import { fingerprint } from '../platform/http/fingerprint.js';
import type { VictigAccount } from './victig-client.js';

/** The one place where an installation's credentials become an account to call with. */
export const accountOf = ({ apiToken }: VictigCredentials): VictigAccount => ({
  limitKey: `victig:${fingerprint(apiToken)}`,
  authorization: `Bearer ${apiToken}`,
});
