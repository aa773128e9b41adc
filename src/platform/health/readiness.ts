import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { assertWritable, isReadOnly } from '../database/writable.js';
import { PgBossJobs } from '../jobs/pg-boss-jobs.js';

/** Asks what the service cannot work without; each answers what is wrong, null when all is well, or throws. */
@Injectable()
export class Readiness {
  constructor(
    private readonly dataSource: DataSource,
    private readonly jobs: PgBossJobs,
  ) {}

  /** One that answers and takes no writes is of no use. */
  async askDatabase(): Promise<string | null> {
    try {
      await assertWritable(this.dataSource);
      return null;
    } catch (error) {
      if (isReadOnly(error)) return 'it takes no writes';
      throw error;
    }
  }

  /** Migrations are run when it starts, or before; a database that was restored meanwhile may be older. */
  async askSchema(): Promise<string | null> {
    const known = this.dataSource.migrations.map(({ name }) => name);
    const [row] = await this.dataSource.query<{ count: number }[]>(
      'SELECT count(DISTINCT name)::int AS count FROM migrations WHERE name = ANY ($1)',
      [known],
    );
    const missing = known.length - (row?.count ?? 0);
    return missing === 0 ? null : `${missing} migrations of this release were not run`;
  }

  /** By the queue's own connection. */
  async askQueue(): Promise<null> {
    await this.jobs.schemaVersion();
    return null;
  }
}
