import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What the record of a client told. */
export interface CityRecord {
  city: string | null;
  /** When it was asked for, by the clock of who asked: what it tells is at least as new. */
  askedAt: Date;
}

/**
 * The cities that records of clients told, for all replicas and past their end (ADR 38): each record costs a call of the
 * day's budget (F3). Under the account that may read them, for others may not.
 */
@Injectable()
export class ClientCityRecords {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns all of the account that were asked for at `since` or later, by the guid of the client */
  async allSince(account: string, since: Date): Promise<Map<string, CityRecord>> {
    const rows = await this.dataSource.query<({ clientGuid: string } & CityRecord)[]>(
      `SELECT client_guid AS "clientGuid", city, asked_at AS "askedAt" FROM client_cities
       WHERE account = $1 AND asked_at >= $2`,
      [account, since],
    );
    return new Map(rows.map(({ clientGuid, ...record }) => [clientGuid, record]));
  }

  /** @returns undefined: it is to be asked for */
  async oneSince(account: string, clientGuid: string, since: Date): Promise<CityRecord | undefined> {
    const [record] = await this.dataSource.query<CityRecord[]>(
      `SELECT city, asked_at AS "askedAt" FROM client_cities
       WHERE account = $1 AND client_guid = $2 AND asked_at >= $3`,
      [account, clientGuid, since],
    );
    return record;
  }

  async keep(account: string, clientGuid: string, { city, askedAt }: CityRecord): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO client_cities AS kept (account, client_guid, city, asked_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (account, client_guid) DO UPDATE SET city = excluded.city, asked_at = excluded.asked_at
       WHERE kept.asked_at < excluded.asked_at`,
      [account, clientGuid, city, askedAt],
    );
  }

  /** Of any account: one whose token was replaced is never asked for again. */
  async forgetBefore(before: Date): Promise<void> {
    await this.dataSource.query('DELETE FROM client_cities WHERE asked_at < $1', [before]);
  }
}
