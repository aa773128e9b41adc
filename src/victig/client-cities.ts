import { createHash } from 'node:crypto';
import type { Client } from '../mapping/catalogue.js';
import type { Clock } from '../platform/clock.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { withPriority } from '../platform/http/call-priority.js';
import { REPLICA } from '../platform/replica.js';
import type { CityRecord, ClientCityRecords } from './client-city-records.js';
import type { VictigAccount, VictigClient } from './victig-client.js';

/** Clients seldom move, and each costs a call. */
const CITY_TTL_MS = 24 * 3_600_000;
/** Used ones are read anew before they are too old, so that no order waits for the records of all clients. */
const CITY_REFRESH_MS = 12 * 3_600_000;

/** A token's type is changed by VICTIG's staff, and then somebody waits for it to be noticed. */
const REFUSAL_TTL_MS = 3_600_000;

/**
 * The cities of clients, from their records (M4). Lists do not give them, and only tokens of type CLIENT may read
 * records: with others there are no cities, and the settings' map is what there is.
 */
export class ClientCities {
  private readonly refusedUntilMs = new Map<string, number>();
  /** By account and client: who asks for the same record at the same time shares the call. */
  private readonly underWay = new Map<string, Promise<CityRecord>>();
  /** Accounts whose records are being read anew behind their orders. */
  private readonly renewing = new Set<string>();

  constructor(
    private readonly victig: VictigClient,
    private readonly records: ClientCityRecords,
    private readonly clock: Clock,
    /** Names this process among the replicas. */
    private readonly replica = REPLICA,
  ) {}

  /**
   * One record that is refused is no other matter than one that cannot be read just now: the city that is left out could
   * be the one, and its orders would go to the main client. So it is the account's trouble, which is shown and retried
   * (S3), until VICTIG gives the record; what was read of the others is kept.
   * @throws UpstreamError when a record cannot be read, unless it is for the type of the token
   */
  async addTo(account: VictigAccount, clients: readonly Client[]): Promise<readonly Client[]> {
    if (this.isRefused(account)) return clients;
    const wanted = clients.filter(isWanted).map(({ guid }) => guid);
    if (wanted.length === 0) return clients;
    const since = this.ago(CITY_TTL_MS);
    const known = await this.records.allSince(account.limitKey, since);
    try {
      for (const guid of this.inOwnOrder(wanted.filter((each) => !known.has(each)))) {
        known.set(guid, await this.read(account, guid, since));
      }
    } catch (error) {
      // An account that was given a record has a token that may read them.
      if (known.size > 0 || !isForTheType(error)) throw error;
      this.refusedUntilMs.set(account.limitKey, this.nowMs() + REFUSAL_TTL_MS);
      return clients;
    }
    const dueBefore = this.ago(CITY_REFRESH_MS);
    const isDue = (guid: string): boolean => (known.get(guid)?.askedAt ?? dueBefore) < dueBefore;
    void this.renew(account, wanted.filter(isDue));
    return clients.map((client) =>
      isWanted(client) ? { ...client, city: known.get(client.guid)?.city ?? null } : client,
    );
  }

  /**
   * One by one, and nobody waits for it, whoever happened to ask, so its calls let others go first. What cannot be read is
   * left to the next order; a record that is refused keeps none behind it from being read.
   */
  private async renew(account: VictigAccount, guids: readonly string[]): Promise<void> {
    if (guids.length === 0 || this.renewing.has(account.limitKey)) return;
    this.renewing.add(account.limitKey);
    try {
      await withPriority('background', async () => {
        for (const guid of this.inOwnOrder(guids)) {
          await this.read(account, guid, this.ago(CITY_REFRESH_MS)).catch(passIfRefused);
        }
        await this.records.forgetBefore(this.ago(CITY_TTL_MS));
      });
    } catch {
      // The calls' own records tell of it.
    } finally {
      this.renewing.delete(account.limitKey);
    }
  }

  /** Another replica may have asked for it meanwhile. */
  private read(account: VictigAccount, clientGuid: string, since: Date): Promise<CityRecord> {
    const key = `${account.limitKey} ${clientGuid}`;
    const underWay = this.underWay.get(key);
    if (underWay) return underWay;
    const reading = (async () => {
      const kept = await this.records.oneSince(account.limitKey, clientGuid, since);
      if (kept) return kept;
      const askedAt = this.clock.now();
      const { city } = await this.victig.getClient(account, clientGuid);
      await this.records.keep(account.limitKey, clientGuid, { city, askedAt });
      return { city, askedAt };
    })().finally(() => this.underWay.delete(key));
    this.underWay.set(key, reading);
    return reading;
  }

  /**
   * The first one tells whether records may be read at all. Behind it each replica goes its own way, so that those that
   * begin together share the calls instead of asking for the same record at the same moment.
   */
  private inOwnOrder([first, ...others]: readonly string[]): string[] {
    if (first === undefined) return [];
    const placeOf = (guid: string): string =>
      createHash('sha1')
        .update(this.replica + guid)
        .digest('hex');
    const places = new Map(others.map((guid) => [placeOf(guid), guid]));
    return [first, ...[...places].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, guid]) => guid)];
  }

  private isRefused({ limitKey }: VictigAccount): boolean {
    const leftMs = (this.refusedUntilMs.get(limitKey) ?? 0) - this.nowMs();
    // A clock that was set back makes nobody wait for longer.
    return leftMs > 0 && leftMs <= REFUSAL_TTL_MS;
  }

  private nowMs(): number {
    return this.clock.now().getTime();
  }

  private ago(ms: number): Date {
    return new Date(this.nowMs() - ms);
  }
}

/** One that is not active is not matched, and its record may be refused. */
const isWanted = ({ city, isActive }: Client): boolean => city === null && isActive !== false;

/** @throws what says more than that this one record is not to be had */
function passIfRefused(error: unknown): void {
  if (error instanceof UpstreamError && ['unauthorized', 'rejected'].includes(error.failure)) return;
  throw error;
}

/** As recorded: "This endpoint requires API type [CLIENT] but … has access to ORDER". Then all records are refused. */
function isForTheType(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  const { status, code, vendorMessage } = error.details;
  const isSaid = vendorMessage === undefined || /\bAPI type\b/i.test(vendorMessage);
  return status === 403 && code === 'NOT_AUTHORIZED' && isSaid;
}
