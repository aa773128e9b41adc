import type { Client } from '../mapping/catalogue.js';
import type { Clock } from '../platform/clock.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import type { VictigAccount, VictigClient } from './victig-client.js';

/** Clients seldom move, and each costs a call. */
const CITY_TTL_MS = 24 * 3_600_000;
/** Used ones are read anew before they expire, so that no order waits for the records of all clients. */
const CITY_REFRESH_MS = 12 * 3_600_000;
/** All of them come of age together: they are read anew a few at a time, while orders go on. */
const CITY_REFRESHES_AT_ONCE = 2;

/** A token's type is changed by VICTIG's staff, and then somebody waits for it to be noticed. */
const REFUSAL_TTL_MS = 3_600_000;

/**
 * The cities of clients, from their records (M4). Lists do not give them, and only tokens of type CLIENT may read
 * records: with others there are no cities, and the settings' map is what there is.
 */
export class ClientCities {
  private readonly cities: ExpiringCache<string | null>;
  private readonly refusedUntilMs = new Map<string, number>();
  /** Accounts that were given a record, and so have a token that may read them. */
  private readonly readers = new Set<string>();

  constructor(
    private readonly victig: VictigClient,
    private readonly clock: Clock,
  ) {
    this.cities = new ExpiringCache(
      {
        ttlMs: CITY_TTL_MS,
        refreshAfterMs: CITY_REFRESH_MS,
        refreshesAtOnce: CITY_REFRESHES_AT_ONCE,
        maxEntries: 50_000,
      },
      clock,
    );
  }

  /**
   * One record that is refused is no other matter than one that cannot be read just now: the city that is left out could
   * be the one, and its orders would go to the main client. So it is the account's trouble, which is shown and retried
   * (S3), until VICTIG gives the record; what was read of the others is kept.
   * @throws UpstreamError when a record cannot be read, unless it is for the type of the token
   */
  async addTo(account: VictigAccount, clients: readonly Client[]): Promise<readonly Client[]> {
    const nowMs = this.clock.now().getTime();
    if ((this.refusedUntilMs.get(account.limitKey) ?? 0) > nowMs) return clients;
    try {
      const withCities: Client[] = [];
      for (const client of clients) {
        // One that is not active is not matched, and its record may be refused.
        const isRead = client.city === null && client.isActive !== false;
        withCities.push(isRead ? { ...client, city: await this.cityOf(account, client.guid) } : client);
      }
      return withCities;
    } catch (error) {
      if (this.readers.has(account.limitKey) || !isForTheType(error)) throw error;
      this.refusedUntilMs.set(account.limitKey, nowMs + REFUSAL_TTL_MS);
      return clients;
    }
  }

  private cityOf(account: VictigAccount, clientGuid: string): Promise<string | null> {
    return this.cities.get(`${account.limitKey} ${clientGuid}`, async () => {
      const { city } = await this.victig.getClient(account, clientGuid);
      this.readers.add(account.limitKey);
      return city;
    });
  }
}

/** As recorded: "This endpoint requires API type [CLIENT] but … has access to ORDER". Then all records are refused. */
function isForTheType(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { status, code, vendorMessage } = error.details;
  const isSaid = vendorMessage === undefined || /\bAPI type\b/i.test(vendorMessage);
  return status === 403 && code === 'NOT_AUTHORIZED' && isSaid;
}
