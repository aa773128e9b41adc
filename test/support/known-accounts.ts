import type { VendorCredentials } from '../../src/installations/vendor-credentials.js';
import { basicAuthorization, type LeverAccount } from '../../src/lever/lever-account.js';
import { LeverAccounts } from '../../src/lever/lever-accounts.js';
import { fingerprint } from '../../src/platform/http/fingerprint.js';

/** Accounts by API keys that a test knows; that one is refused changes nothing. */
export class KnownAccounts extends LeverAccounts {
  constructor(private readonly credentials: VendorCredentials) {
    super();
  }

  override async of(installationId: string): Promise<LeverAccount> {
    const known = await this.credentials.leverOf(installationId);
    if (!('apiKey' in known)) throw new Error('a test knows API keys only');
    const { apiKey, performAs } = known;
    return {
      limitKey: `lever:${fingerprint(apiKey)}`,
      authorization: basicAuthorization(apiKey),
      performAs,
    };
  }
}
