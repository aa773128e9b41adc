import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ServiceDataSource } from './service-data-source.js';

/** Soon after the start, for whoever starts the service every day; then as often as what is left behind is still little. */
const FIRST_AFTER_MS = 5 * 60_000;
const EVERY_MS = 3_600_000;

/**
 * Does for the embedded database what autovacuum does for a server, and PGlite, which is a single process, does not have: what
 * was changed or deleted gives its place to what comes, and plans are made by what is there.
 */
@Injectable()
export class EmbeddedUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EmbeddedUpkeep.name);
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;
  private underWay: Promise<void> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    if (!(this.dataSource instanceof ServiceDataSource) || this.dataSource.place.kind !== 'embedded') return;
    this.timer = setTimeout(() => {
      this.begin();
      this.timer = setInterval(() => this.begin(), EVERY_MS).unref();
    }, FIRST_AFTER_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    clearTimeout(this.timer);
    await this.underWay;
  }

  /** Table by table: there is one connection, and whoever waits for it comes in between. */
  async tidy(): Promise<void> {
    const tables = await this.dataSource.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       JOIN pg_class ON pg_class.oid = format('%I.%I', schemaname, tablename)::regclass AND relkind = 'r'
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY name`,
    );
    for (const { name } of tables) {
      if (this.isEnding) return;
      await this.dataSource.query(`VACUUM (ANALYZE) ${name}`);
    }
  }

  private begin(): void {
    this.underWay = this.tidy().catch((error: unknown) => {
      this.logger.error({ err: error }, 'the embedded database could not be tidied up');
    });
  }
}
