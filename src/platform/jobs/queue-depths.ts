import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { declaredJobs } from './job-definition.js';
import { DEAD_LETTERS } from './dead-letter-queue.js';

/** How one kind of job stands. */
export interface QueueDepth {
  name: string;
  /** Could be done now. */
  ready: number;
  /** Waits for its time: a hold, or the next try. */
  delayed: number;
  active: number;
  deadLetters: number;
  /** Done in the last five minutes, tries that failed and are tried again included. */
  completedInFiveMinutes: number;
  /** Since when the oldest ready one could be done. */
  oldestReadyAt: Date | null;
}

type Counts = Omit<QueueDepth, 'name' | 'deadLetters'>;

const NONE: Counts = { ready: 0, delayed: 0, active: 0, completedInFiveMinutes: 0, oldestReadyAt: null };

/** Counts what waits, works and was given up. */
@Injectable()
export class QueueDepths {
  constructor(private readonly dataSource: DataSource) {}

  /** @param installationId whose jobs are counted; null for all */
  async read(installationId: string | null): Promise<QueueDepth[]> {
    const jobs = declaredJobs();
    // Each part by an index of its own, whose condition stands in it: behind them lie all jobs that ended in a week.
    const counted = await this.dataSource.query<(Counts & { name: string })[]>(
      `SELECT name,
         count(*) FILTER (WHERE state < 'active' AND start_after <= now())::int AS ready,
         count(*) FILTER (WHERE state < 'active' AND start_after > now())::int AS delayed,
         count(*) FILTER (WHERE state = 'active')::int AS active,
         count(*) FILTER (WHERE state = 'completed')::int AS "completedInFiveMinutes",
         min(start_after) FILTER (WHERE state < 'active' AND start_after <= now()) AS "oldestReadyAt"
       FROM (
         SELECT name, state, start_after, group_id FROM pgboss.job
         WHERE name = ANY ($1) AND state IN ('created', 'retry', 'active')
         UNION ALL
         SELECT name, state, start_after, group_id FROM pgboss.job
         WHERE name = ANY ($1) AND state = 'completed' AND completed_on > now() - interval '5 minutes'
       ) AS job
       WHERE $2::text IS NULL OR group_id = $2
       GROUP BY name`,
      [jobs.map(({ name }) => name), installationId],
    );
    const dead = await this.dataSource.query<{ name: string; count: number }[]>(
      `SELECT source_name AS name, count(*)::int AS count FROM pgboss.job
       WHERE name = $1 AND ($2::text IS NULL OR group_id = $2) GROUP BY source_name`,
      [DEAD_LETTERS, installationId],
    );
    const depthOf = (name: string): QueueDepth => {
      const counts = counted.find((row) => row.name === name) ?? NONE;
      return { ...counts, name, deadLetters: dead.find((row) => row.name === name)?.count ?? 0 };
    };
    return jobs.map(({ name }) => depthOf(name)).toSorted((a, b) => a.name.localeCompare(b.name));
  }
}
