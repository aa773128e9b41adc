import { Injectable } from '@nestjs/common';
import { LostAccess } from '../installations/lost-access.js';
import { VendorCredentials, type LeverGrant } from '../installations/vendor-credentials.js';
import { withoutCommitGuard } from '../platform/database/transactions.js';
import { fingerprint } from '../platform/http/fingerprint.js';
import { basicAuthorization, bearerAuthorization, type LeverAccount } from './lever-account.js';
import { LeverTokenKeeper } from './lever-token-keeper.js';

/** The one place where an installation becomes an account to call with. */
export abstract class LeverAccounts {
  /** @throws NotConnected, and UpstreamError when tokens have to be renewed and cannot be */
  abstract of(installationId: string): Promise<LeverAccount>;
}

/** The account of an API key; a refusal is final there, and nobody is told. */
export const accountByKey = (apiKey: string, performAs: string | null): LeverAccount => ({
  limitKey: `lever:${fingerprint(apiKey)}`,
  authorization: basicAuthorization(apiKey),
  performAs,
});

/** Accounts of installations, by whatever they are connected with now. */
@Injectable()
export class ConnectedLeverAccounts extends LeverAccounts {
  constructor(
    private readonly credentials: VendorCredentials,
    private readonly tokens: LeverTokenKeeper,
    private readonly lostAccess: LostAccess,
  ) {
    super();
  }

  override async of(installationId: string): Promise<LeverAccount> {
    const credentials = await this.credentials.leverOf(installationId);
    const { performAs } = credentials;
    return 'apiKey' in credentials
      ? this.byApiKey(installationId, credentials.apiKey, performAs)
      : this.byOAuth(credentials.grant, performAs);
  }

  private byApiKey(installationId: string, apiKey: string, performAs: string | null): LeverAccount {
    return {
      ...accountByKey(apiKey, performAs),
      signIn: {
        // The same once more: a refusal by mistake would cost a person the key, which Lever shows only once.
        renew: () => Promise.resolve(basicAuthorization(apiKey)),
        // A request that Lever refused has done nothing: what is written down of the refusal is no effect of it (P3).
        lost: () => withoutCommitGuard(() => this.lostAccess.byApiKey(installationId, apiKey)),
      },
    };
  }

  private async byOAuth(grant: LeverGrant, performAs: string | null): Promise<LeverAccount> {
    const { installationId, accountId } = grant.connection;
    return {
      // Tokens change every hour; who is limited does not.
      limitKey: accountId === null ? `lever:installation:${installationId}` : `lever:account:${accountId}`,
      authorization: bearerAuthorization(await this.tokens.current(grant)),
      performAs,
      signIn: {
        renew: async (refused) => bearerAuthorization(await this.tokens.otherThan(installationId, refused)),
        lost: (refused) => this.tokens.lost(installationId, refused),
      },
    };
  }
}
