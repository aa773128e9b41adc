import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { finding, type Finding } from './finding.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { Installation } from './installation.js';

interface Suspect {
  id: string;
  /** Keys that end alike may still differ; an account that OAuth names is the same. */
  certain: boolean;
}

/**
 * Installations of one Lever account, as far as it is known: by the account that OAuth names, or by the same API key. What
 * the end of a key, and a prefix, leave to be compared is next to nothing: no other key is opened.
 */
@Injectable()
export class SharedLeverAccount {
  constructor(
    private readonly secrets: InstallationSecrets,
    private readonly dataSource: DataSource,
  ) {}

  /** Whether another installation takes the tags of this one for its own old ones, or this one those of the other. */
  async inspect({ id, configuration }: Installation): Promise<Finding[]> {
    const suspects = await this.suspectsOf(id, configuration.settings.statusPrefix);
    const isShared = suspects.some(({ certain }) => certain) || (await this.hasSameKey(id, suspects));
    return isShared ? [finding('status_prefix_shared', 'settings.statusPrefix')] : [];
  }

  /** A key takes the place of a connection, which is not forgotten then. */
  private suspectsOf(id: string, statusPrefix: string): Promise<Suspect[]> {
    return this.dataSource.query<Suspect[]>(
      `WITH api_keys AS (
         SELECT installation_id, last_four FROM installation_secrets WHERE kind = 'lever_api_key'
       ), accounts AS (
         SELECT installation_id, account_id FROM lever_connections
         WHERE installation_id NOT IN (SELECT installation_id FROM api_keys)
       ), suspects AS (
         SELECT theirs.installation_id, true AS certain FROM accounts AS own
         JOIN accounts AS theirs ON theirs.account_id = own.account_id
         WHERE own.installation_id = $1
         UNION ALL
         SELECT theirs.installation_id, false FROM api_keys AS own
         JOIN api_keys AS theirs ON theirs.last_four = own.last_four
         WHERE own.installation_id = $1
       )
       SELECT other.id, suspects.certain FROM suspects
       JOIN installations AS other ON other.id = suspects.installation_id
       JOIN installation_versions AS v ON v.installation_id = other.id AND v.version = other.settings_version
       CROSS JOIN LATERAL (SELECT v.configuration -> 'settings' ->> 'statusPrefix' AS prefix) AS theirs
       WHERE other.id <> $1 AND (starts_with(theirs.prefix, $2) OR starts_with($2, theirs.prefix))`,
      [id, statusPrefix],
    );
  }

  private async hasSameKey(id: string, suspects: readonly Suspect[]): Promise<boolean> {
    if (suspects.length === 0) return false;
    const own = await this.keyOf(id);
    for (const suspect of suspects) {
      const theirs = await this.keyOf(suspect.id);
      if (theirs !== undefined && theirs === own) return true;
    }
    return false;
  }

  /** One that cannot be opened is compared with none: the check of its own installation tells. */
  private async keyOf(id: string): Promise<string | undefined> {
    const { secrets } = await this.secrets.openReadable(id, 'lever_api_key');
    return [...secrets.values()][0];
  }
}
