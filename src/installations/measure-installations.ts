import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { Measurements } from '../platform/metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../platform/metrics/metrics.js';
import { INSTALLATION_STATES } from './installation.js';

/** By so many of its latest deliveries an installation's habits are known; of fewer than some nothing follows. */
export const HABIT = { deliveries: 20, atLeast: 5 };

/** It is silent when it has not spoken for so many times its longest pause, and not for a day. */
const TIMES_LONGEST_PAUSE = 3;
const SHORTEST_SILENCE_SECONDS = 24 * 3_600;

/** How installations stand, and which of them have fallen silent, for Prometheus. */
@Injectable()
export class MeasureInstallations {
  private readonly logger = new Logger(MeasureInstallations.name);
  private readonly states;
  private readonly silent;
  private told: ReadonlySet<string> = new Set();

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.states = metrics.gauge('installations', {
      help: `Installations by state. ${SAME_EVERYWHERE}`,
      labelNames: ['state'],
    });
    this.silent = metrics.gauge('installations_silent', {
      help: `Active installations from whose Lever nothing has come for far longer than ever lately; the log names them. ${SAME_EVERYWHERE}`,
      labelNames: [],
    });
    measurements.add('installations', () => this.measure());
  }

  private async measure(): Promise<void> {
    const counted = await this.dataSource.query<{ state: string; count: number }[]>(
      'SELECT state, count(*)::int AS count FROM installations GROUP BY state',
    );
    for (const state of INSTALLATION_STATES) {
      this.states.set({ state }, counted.find((row) => row.state === state)?.count ?? 0);
    }
    const silent = await this.findSilent();
    this.silent.set(silent.length);
    for (const installationId of silent.filter((id) => !this.told.has(id))) {
      this.logger.warn({ installationId }, 'nothing has come from an installation for unusually long');
    }
    this.told = new Set(silent);
  }

  private async findSilent(): Promise<string[]> {
    // Of each installation the end of its primary key is read: ids are ordered by time.
    const rows = await this.dataSource.query<{ id: string }[]>(
      `SELECT installation.id FROM installations AS installation
       CROSS JOIN LATERAL (
         SELECT count(*) AS deliveries, max(received_at) AS last_at, max(pause) AS longest
         FROM (SELECT received_at, received_at - lag(received_at) OVER (ORDER BY id) AS pause
               FROM (SELECT id, received_at FROM deliveries
                     WHERE installation_id = installation.id AND source = 'lever'
                     ORDER BY id DESC LIMIT $2) AS latest) AS paused
       ) AS heard
       WHERE installation.state = 'active' AND heard.deliveries >= $3
         AND $1::timestamptz - heard.last_at > greatest($4 * interval '1 second', $5 * heard.longest)
       ORDER BY installation.id`,
      [this.clock.now(), HABIT.deliveries, HABIT.atLeast, SHORTEST_SILENCE_SECONDS, TIMES_LONGEST_PAUSE],
    );
    return rows.map(({ id }) => id);
  }
}
