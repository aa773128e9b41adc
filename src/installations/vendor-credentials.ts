import { DomainError } from '../platform/errors/domain-error.js';
import type { LeverConnection } from './lever-connection.js';

/** How to sign in to an installation's Lever account: by an API key, or by the tokens of an OAuth connection. */
export type LeverCredentials = {
  /** A Lever user id on whose behalf writes are made, if one is set. */
  performAs: string | null;
} & ({ apiKey: string } | { connection: LeverConnection });

/** How to sign in to VICTIG for an installation. */
export interface VictigCredentials {
  apiToken: string;
  clientGuid: string;
  /** A certification of permissible purpose is recorded (V5). */
  certified: boolean;
}

/** The installation lacks what is needed to sign in; a person has to connect it. */
export class NotConnected extends DomainError {
  /** @param refused there are credentials, and the vendor does not accept them any more */
  constructor(
    readonly installationId: string,
    readonly vendor: 'Lever' | 'VICTIG',
    refused = false,
  ) {
    super(
      'conflict',
      'not_connected',
      refused
        ? `${vendor} does not accept the installation's credentials any more: connect it again.`
        : `The installation has no ${vendor} credentials.`,
    );
  }
}

/** The credentials of installations, for the vendor adapters only. Methods throw `NotConnected`. */
export abstract class VendorCredentials {
  abstract leverOf(installationId: string): Promise<LeverCredentials>;
  abstract victigOf(installationId: string): Promise<VictigCredentials>;
}
