import {
  NotConnected,
  VendorCredentials,
  type LeverCredentials,
  type VictigCredentials,
} from '../../src/installations/vendor-credentials.js';

/** Credentials that a test knows; an installation it does not name is not connected. */
export class KnownCredentials extends VendorCredentials {
  constructor(
    private readonly known: Readonly<
      Record<string, { lever?: LeverCredentials; victig?: VictigCredentials }>
    >,
  ) {
    super();
  }

  override async leverOf(installationId: string): Promise<LeverCredentials> {
    const lever = this.known[installationId]?.lever;
    if (lever === undefined) throw new NotConnected(installationId, 'Lever');
    return lever;
  }

  override async victigOf(installationId: string): Promise<VictigCredentials> {
    const victig = this.known[installationId]?.victig;
    if (victig === undefined) throw new NotConnected(installationId, 'VICTIG');
    return victig;
  }
}
