import type { Metrics } from '../metrics/metrics.js';
import { declaredJobs } from './job-definition.js';

/** `failed` and `postponed` are tried again; `let_go` is taken up by something else; `given_up` waits for a person. */
const ENDS = ['done', 'failed', 'postponed', 'let_go', 'given_up'] as const;

/** Counts tries at jobs, for Prometheus. */
export class JobMeter {
  private readonly tries;
  private readonly seconds;

  constructor(metrics: Metrics) {
    this.tries = metrics.counter('job_tries_total', {
      help: 'Tries at jobs that ended in this replica, by kind and by how',
      labelNames: ['queue', 'end'],
      known: declaredJobs().flatMap(({ name }) => ENDS.map((end) => ({ queue: name, end }))),
    });
    this.seconds = metrics.histogram('job_duration_seconds', {
      help: 'How long tries at jobs took in this replica, by kind',
      labelNames: ['queue'],
    });
  }

  start(queue: string): { ended(end: (typeof ENDS)[number]): void } {
    const stop = this.seconds.startTimer({ queue });
    return {
      ended: (end) => {
        stop();
        this.tries.inc({ queue, end });
      },
    };
  }
}
