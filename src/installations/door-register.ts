import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationMemory } from './installation-memory.js';
import { InstallationSecrets } from './installation-secrets.js';
import type { InstallationState } from './installation.js';

/** What the door for Lever's webhooks must know of an installation. */
export interface DoorEntry {
  state: InstallationState;
  triggerStageIds: readonly string[];
  signatureTokens: readonly string[];
}

/** Keeps what the doors need in memory, so that a forged delivery costs no database work. */
@Injectable()
export class DoorRegister {
  private readonly entries: InstallationMemory<DoorEntry | null>;

  constructor(
    private readonly directory: InstallationDirectory,
    private readonly secrets: InstallationSecrets,
    changes: InstallationChanges,
    clock: Clock,
  ) {
    this.entries = new InstallationMemory(changes, clock, (id) => this.read(id));
  }

  /** @returns null when there is no such installation */
  find(installationId: string): Promise<DoorEntry | null> {
    return this.entries.get(installationId);
  }

  private async read(id: string): Promise<DoorEntry | null> {
    const [installation, signatureTokens] = await Promise.all([
      this.directory.find(id),
      this.secrets.open(id, 'signature_token'),
    ]);
    if (!installation) return null;
    const { state, configuration } = installation;
    return { state, triggerStageIds: configuration.triggerStageIds, signatureTokens };
  }
}
