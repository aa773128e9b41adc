import { Injectable } from '@nestjs/common';
import { NotConnected } from '../installations/vendor-credentials.js';
import { ScreeningProvider } from './ports/screening-provider.js';

/** An installation that orders under a client. */
export interface ClientUse {
  installationId: string;
  clientGuid: string;
}

/** A client at the provider, once for all installations of an account that order under it. */
export interface SharedClient<Use extends ClientUse = ClientUse> {
  account: string;
  clientGuid: string;
  uses: readonly [Use, ...Use[]];
}

export const installationsOf = ({ uses }: SharedClient): string[] =>
  uses.map(({ installationId }) => installationId);

/** Tells which installations share a client, so that its list of orders is read once for all of them (V3). */
@Injectable()
export class SharedClients {
  constructor(private readonly provider: ScreeningProvider) {}

  /** Those of installations without credentials are left out: nothing can be asked for them until a person acts. */
  async of<Use extends ClientUse>(uses: readonly Use[]): Promise<SharedClient<Use>[]> {
    const accounts = new Map<string, string | null>();
    const clients = new Map<string, SharedClient<Use>>();
    for (const use of uses) {
      const { installationId, clientGuid } = use;
      if (!accounts.has(installationId)) accounts.set(installationId, await this.accountOf(installationId));
      const account = accounts.get(installationId) ?? null;
      if (account === null) continue;
      const key = `${account} ${clientGuid}`;
      const known = clients.get(key);
      clients.set(key, { account, clientGuid, uses: known ? [...known.uses, use] : [use] });
    }
    return [...clients.values()];
  }

  private async accountOf(installationId: string): Promise<string | null> {
    try {
      return await this.provider.accountOf(installationId);
    } catch (error) {
      if (error instanceof NotConnected) return null;
      throw error;
    }
  }
}
