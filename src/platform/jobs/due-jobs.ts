import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Work of one kind that waits for its turn, or is under way. */
export interface QueuedWork {
  name: string;
  key: string;
}

/** Tells when work is due that is in the queue. */
@Injectable()
export class DueJobs {
  constructor(private readonly dataSource: DataSource) {}

  /** By name and key; a time that has passed: now, or it is under way. Where nothing is queued it is left out. */
  async of(asked: readonly QueuedWork[]): Promise<(work: QueuedWork) => Date | null> {
    const due = await this.find(asked);
    return ({ name, key }) => due.find((one) => one.name === name && one.key === key)?.at ?? null;
  }

  private async find(asked: readonly QueuedWork[]): Promise<(QueuedWork & { at: Date })[]> {
    if (asked.length === 0) return [];
    // Each part by an index of its own, whose condition stands in it: behind them lie all jobs that ended in a week.
    return this.dataSource.query<(QueuedWork & { at: Date })[]>(
      `SELECT asked.name, asked.key, min(job.start_after) AS at
       FROM unnest($1::text[], $2::text[]) AS asked (name, key)
       CROSS JOIN LATERAL (
         SELECT start_after FROM pgboss.job
         WHERE name = asked.name AND singleton_key = asked.key AND state < 'active'
         UNION ALL
         SELECT start_after FROM pgboss.job
         WHERE name = asked.name AND singleton_key = asked.key AND state = 'active'
       ) AS job
       GROUP BY asked.name, asked.key`,
      [asked.map(({ name }) => name), asked.map(({ key }) => key)],
    );
  }
}
