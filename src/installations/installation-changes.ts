import { Injectable } from '@nestjs/common';
import { ChangeFeed, type ChangeListener } from '../platform/database/change-feed.js';
import type { Transaction } from '../platform/database/transactions.js';

/** The database announces it too, by triggers on `installations`, `installation_secrets` and `lever_connections`. */
const CHANNEL = 'installation_changed';

/** Says that what was read of an installation before is out of date: in this process at once, in others in a moment. */
@Injectable()
export class InstallationChanges {
  constructor(private readonly feed: ChangeFeed) {}

  /** Whether other replicas' changes are heard of. While they are not, nothing may be kept. */
  get areHeard(): boolean {
    return this.feed.isHearing;
  }

  /** So that who was told of a change here is believed by the next request here. */
  announce(tx: Transaction, installationId: string): void {
    tx.afterCommit(() => this.feed.tell(CHANNEL, installationId));
  }

  listen(listener: ChangeListener): void {
    this.feed.listen(CHANNEL, listener);
  }
}
