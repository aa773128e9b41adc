import type { DataSource, Logger } from 'typeorm';

/** A statement as it was sent. */
export interface SentQuery {
  text: string;
  values: unknown[];
}

/** Keeps the statements that are sent by a data source from now on. */
export class CountingQueries implements Logger {
  private sent: SentQuery[] = [];

  constructor(dataSource: DataSource) {
    dataSource.logger = this;
  }

  /** How many since it was last asked, of those that the pattern fits, parameters and all. */
  countOf(pattern: RegExp): number {
    return this.sent.splice(0).filter(({ text, values }) => pattern.test(`${text} ${JSON.stringify(values)}`))
      .length;
  }

  /** Those since it was last asked whose text the pattern fits. */
  takeThose(pattern: RegExp): SentQuery[] {
    return this.sent.splice(0).filter(({ text }) => pattern.test(text));
  }

  logQuery(text: string, values: unknown[] = []): void {
    this.sent.push({ text, values });
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
