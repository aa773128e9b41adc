import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/**
 * The clock of the database, which all processes share: for times that one of them writes and another counts from, where
 * the difference of their own clocks would matter (ADR 36). Injected so that tests can set it.
 */
@Injectable()
export class SharedClock {
  constructor(private readonly dataSource: DataSource) {}

  /** SQL: the time at which it is written, as exact as a `Date`. */
  sql(): string {
    return `date_trunc('milliseconds', clock_timestamp())`;
  }

  async now(): Promise<Date> {
    const [{ now }] = await this.dataSource.query<[{ now: Date }]>(`SELECT ${this.sql()} AS now`);
    return now;
  }
}
