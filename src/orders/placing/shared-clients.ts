import { Injectable } from '@nestjs/common';
import { NotConnected } from '../../installations/vendor-credentials.js';
import { ScreeningProvider } from '../ports/screening-provider.js';

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

/** Uses of clients: as they are shared, and those of installations that cannot sign in, with why. */
export interface SharedUses<Use extends ClientUse> {
  clients: SharedClient<Use>[];
  notConnected: NotConnected[];
}

/** Tells which installations share a client, so that its list of orders is read once for all of them (V3). */
@Injectable()
export class SharedClients {
  constructor(private readonly provider: ScreeningProvider) {}

  /** Nothing can be asked for installations without credentials until a person acts. */
  async of<Use extends ClientUse>(uses: readonly Use[]): Promise<SharedUses<Use>> {
    const accounts = new Map<string, string | NotConnected>();
    const clients = new Map<string, SharedClient<Use>>();
    for (const use of uses) {
      const { installationId, clientGuid } = use;
      const account = accounts.get(installationId) ?? (await this.accountOf(installationId));
      accounts.set(installationId, account);
      if (account instanceof NotConnected) continue;
      const key = `${account} ${clientGuid}`;
      const known = clients.get(key);
      clients.set(key, { account, clientGuid, uses: known ? [...known.uses, use] : [use] });
    }
    const notConnected = [...accounts.values()].filter((account) => account instanceof NotConnected);
    return { clients: [...clients.values()], notConnected };
  }

  private async accountOf(installationId: string): Promise<string | NotConnected> {
    try {
      return await this.provider.accountOf(installationId);
    } catch (error) {
      if (error instanceof NotConnected) return error;
      throw error;
    }
  }
}
