import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Measurements } from '../metrics/measurements.js';
import { Metrics, SAME_EVERYWHERE } from '../metrics/metrics.js';
import { QueueDepths } from './queue-depths.js';

/** How the queues stand, for Prometheus. */
@Injectable()
export class MeasureQueues {
  private readonly waiting;
  private readonly oldest;
  private readonly dead;

  constructor(
    metrics: Metrics,
    measurements: Measurements,
    private readonly depths: QueueDepths,
    private readonly clock: Clock,
  ) {
    this.waiting = metrics.gauge('queue_jobs', {
      help: `Jobs by kind and by whether they could be done now, wait for their time, or are being done. ${SAME_EVERYWHERE}`,
      labelNames: ['queue', 'state'],
    });
    this.oldest = metrics.gauge('queue_oldest_ready_seconds', {
      help: `For how long the oldest job that could be done has waited, by kind; 0: none waits. ${SAME_EVERYWHERE}`,
      labelNames: ['queue'],
    });
    this.dead = metrics.gauge('dead_letters', {
      help: `Jobs that were given up and wait for a person, by kind. ${SAME_EVERYWHERE}`,
      labelNames: ['queue'],
    });
    measurements.add('queues', () => this.measure());
  }

  private async measure(): Promise<void> {
    for (const { name: queue, oldestReadyAt, deadLetters, ...counts } of await this.depths.read(null)) {
      for (const state of ['ready', 'delayed', 'active'] as const) {
        this.waiting.set({ queue, state }, counts[state]);
      }
      const waitedMs = oldestReadyAt === null ? 0 : this.clock.now().getTime() - oldestReadyAt.getTime();
      this.oldest.set({ queue }, Math.max(0, waitedMs) / 1_000);
      this.dead.set({ queue }, deadLetters);
    }
  }
}
