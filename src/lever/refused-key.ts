import { Injectable } from '@nestjs/common';
import { attempt } from '../installations/attempt.js';
import { finding, type Finding } from '../installations/finding.js';
import { InstallationSecrets } from '../installations/installation-secrets.js';
import type { Installation } from '../installations/installation.js';
import { LostAccess } from '../installations/lost-access.js';
import { accountByKey } from './lever-accounts.js';
import { isForbidden, LeverClient } from './lever-client.js';

/**
 * A pasted API key outlives Lever's refusal, for that may pass and Lever shows a key only once. Tokens that were refused
 * are forgotten, as is what an admin took away.
 */
@Injectable()
export class RefusedKey {
  constructor(
    private readonly client: LeverClient,
    private readonly secrets: InstallationSecrets,
    private readonly lostAccess: LostAccess,
  ) {}

  /** The stored key that Lever refused; undefined where there is none, or it cannot be opened: of that the check tells. */
  async of({ id, leverRefusedAt }: Installation): Promise<string | undefined> {
    if (leverRefusedAt === null) return undefined;
    const { secrets } = await this.secrets.openReadable(id, 'lever_api_key');
    return [...secrets.values()][0];
  }

  /** Does nothing where no stored key was refused. @returns why it is still of no use; empty when Lever takes it again */
  async tryAgain(actor: string, installation: Installation): Promise<Finding[]> {
    const apiKey = await this.of(installation);
    if (apiKey === undefined) return [];
    return attempt(
      async () => {
        await this.demandTaken(apiKey);
        await this.lostAccess.regainedByApiKey(actor, installation.id, apiKey);
        return [];
      },
      ({ failure, details: { operation } }) =>
        failure === 'unauthorized'
          ? finding('lever_refused', 'lever.apiKey')
          : finding('lever_unreachable', 'lever.apiKey', { operation }),
    );
  }

  /** What the key may not read is another matter, of which the check tells. */
  private async demandTaken(apiKey: string): Promise<void> {
    try {
      await this.client.getStages(accountByKey(apiKey, null));
    } catch (error) {
      if (!isForbidden(error)) throw error;
    }
  }
}
