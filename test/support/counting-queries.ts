import type { DataSource, Logger } from 'typeorm';

/** Counts the statements that are sent by a data source from now on. */
export class CountingQueries implements Logger {
  private sent: string[] = [];

  constructor(dataSource: DataSource) {
    dataSource.logger = this;
  }

  /** How many since it was last asked, of those that the pattern fits, parameters and all. */
  countOf(pattern: RegExp): number {
    return this.sent.splice(0).filter((query) => pattern.test(query)).length;
  }

  logQuery(query: string, parameters: unknown[] = []): void {
    this.sent.push(`${query} ${JSON.stringify(parameters)}`);
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
