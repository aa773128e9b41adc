import { DomainError } from '../platform/errors/domain-error.js';

/** How to sign in to an installation's Lever account. */
export interface LeverCredentials {
  apiKey: string;
  /** A Lever user id on whose behalf writes are made, if one is set. */
  performAs: string | null;
}

/** How to sign in to VICTIG for an installation. */
export interface VictigCredentials {
  apiToken: string;
  clientGuid: string;
  /** A certification of permissible purpose is recorded (V5). */
  certified: boolean;
}

/** The installation lacks what is needed to sign in; a person has to connect it. */
export class NotConnected extends DomainError {
  constructor(
    readonly installationId: string,
    readonly vendor: 'Lever' | 'VICTIG',
  ) {
    super('conflict', 'not_connected', `The installation has no ${vendor} credentials.`);
  }
}

/** The opened credentials of installations, for the vendor adapters only. Methods throw `NotConnected`. */
export abstract class VendorCredentials {
  abstract leverOf(installationId: string): Promise<LeverCredentials>;
  abstract victigOf(installationId: string): Promise<VictigCredentials>;
}
