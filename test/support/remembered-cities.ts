import type { DataSource } from 'typeorm';
import { ClientCityRecords, type CityRecord } from '../../src/victig/client-city-records.js';

const NO_DATABASE = {} as DataSource;

/** Cities of clients where there is no database. */
export class RememberedCities extends ClientCityRecords {
  private readonly records = new Map<string, Map<string, CityRecord>>();

  constructor() {
    super(NO_DATABASE);
  }

  override async allSince(account: string, since: Date): Promise<Map<string, CityRecord>> {
    return new Map([...this.of(account)].filter(([, { askedAt }]) => askedAt >= since));
  }

  override async oneSince(account: string, clientGuid: string, since: Date): Promise<CityRecord | undefined> {
    return (await this.allSince(account, since)).get(clientGuid);
  }

  override async keep(account: string, clientGuid: string, record: CityRecord): Promise<void> {
    this.records.set(account, this.of(account).set(clientGuid, record));
  }

  override async forgetBefore(): Promise<void> {
    // What is too old is not given.
  }

  private of(account: string): Map<string, CityRecord> {
    return this.records.get(account) ?? new Map<string, CityRecord>();
  }
}
