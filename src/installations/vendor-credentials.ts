import { DomainError } from '../platform/errors/domain-error.js';
import type { LeverConnection } from './lever-connection.js';

/** An OAuth connection that is not over. */
export interface LeverGrant {
  connection: LeverConnection;
  /** As it was last issued; null when it cannot be opened. */
  accessToken: string | null;
}

/** How to sign in to an installation's Lever account: by an API key, or by the tokens of an OAuth connection. */
export type LeverCredentials = {
  /** A Lever user id on whose behalf writes are made, if one is set. */
  performAs: string | null;
} & ({ apiKey: string } | { grant: LeverGrant });

/** How to sign in to VICTIG for an installation. */
export interface VictigCredentials {
  apiToken: string;
  clientGuid: string;
  /** A certification of permissible purpose is recorded (V5). */
  certified: boolean;
}

type Vendor = 'Lever' | 'VICTIG';

/** Why an installation cannot sign in. */
const WHY_NOT = {
  missing: (vendor: Vendor) => `The installation has no ${vendor} credentials.`,
  refused: (vendor: Vendor) =>
    `${vendor} does not accept the installation's credentials any more: connect it again.`,
  unreadable: (vendor: Vendor) =>
    `The installation's ${vendor} credentials cannot be opened, for they were changed in the database, or their encryption key is not configured: set them again.`,
};

/** The installation lacks what is needed to sign in; a person has to connect it. */
export class NotConnected extends DomainError {
  constructor(
    readonly installationId: string,
    readonly vendor: Vendor,
    why: keyof typeof WHY_NOT = 'missing',
  ) {
    super('conflict', 'not_connected', WHY_NOT[why](vendor));
  }
}

/** The credentials of installations, for the vendor adapters only. Methods throw `NotConnected`. */
export abstract class VendorCredentials {
  abstract leverOf(installationId: string): Promise<LeverCredentials>;
  abstract victigOf(installationId: string): Promise<VictigCredentials>;
}
