import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Registry } from 'prom-client';

/** What Prometheus is told. Label values come from fixed sets: never ids, never personal data. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** Deliveries refused at a door, by reason (T1). */
  readonly refusedDeliveries = new Counter({
    name: 'webhook_refused_total',
    help: 'Webhook deliveries and callbacks that were refused',
    labelNames: ['door', 'reason'] as const,
    registers: [this.registry],
  });

  /** Deliveries let in, by what was done with them. */
  readonly acceptedDeliveries = new Counter({
    name: 'webhook_accepted_total',
    help: 'Webhook deliveries and callbacks that were let in',
    labelNames: ['door', 'reception'] as const,
    registers: [this.registry],
  });

  /** Requests answered 429, by whose limit was used up. */
  readonly throttledRequests = new Counter({
    name: 'requests_throttled_total',
    help: 'Requests that were refused because there were too many',
    labelNames: ['by'] as const,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
