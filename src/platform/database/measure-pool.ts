import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Metrics } from '../metrics/metrics.js';

/** What `pg` says of its pool. */
interface Pool {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

/** How this process's connections to the database are used, for Prometheus; the queue's own are not among them. */
@Injectable()
export class MeasurePool {
  constructor(metrics: Metrics, dataSource: DataSource) {
    const pool = (dataSource.driver as unknown as { master: Pool }).master;
    metrics.gauge('database_connections', {
      help: 'Connections of this replica to its database, by whether they are in use',
      labelNames: ['state'],
      collect: (gauge) => {
        gauge.set({ state: 'used' }, pool.totalCount - pool.idleCount);
        gauge.set({ state: 'idle' }, pool.idleCount);
      },
    });
    metrics.gauge('database_waiting', {
      help: 'Pieces of work of this replica that wait for a connection to the database',
      labelNames: [],
      collect: (gauge) => gauge.set(pool.waitingCount),
    });
  }
}
