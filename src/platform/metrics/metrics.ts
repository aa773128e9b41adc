import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Of what comes in and of work in the background, seconds: from what nobody notices to what somebody waits for. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** From a delivery to what a recruiter sees: seconds when all is well, minutes when somebody asks. */
const SECONDS_TO_TAG = [1, 2, 5, 10, 30, 60, 120, 300, 900, 3_600];

/** Said of what is read from the database: each replica tells it, so that adding it up would count it twice. */
export const SAME_EVERYWHERE = 'The same on every replica: take the max.';

/**
 * What Prometheus is told. Label values come from fixed sets, for each of which a series is there from the start, so
 * that the first of its kind is an increase; never ids, never personal data.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** Deliveries refused at a door, by reason (T1). */
  readonly refusedDeliveries = this.counter('webhook_refused_total', {
    help: 'Webhook deliveries and callbacks that were refused, by door and reason',
    labelNames: ['door', 'reason'] as const,
    known: [
      ...['signature', 'too_old', 'in_the_future', 'unknown_installation', 'throttled', 'unreadable'].map(
        (reason) => ({ door: 'lever', reason }),
      ),
      ...['secret', 'unreadable'].map((reason) => ({ door: 'victig', reason })),
    ],
  });

  /** Deliveries let in, by what was done with them. */
  readonly acceptedDeliveries = this.counter('webhook_accepted_total', {
    help: 'Webhook deliveries and callbacks that were let in, by door and by whether work was queued for them',
    labelNames: ['door', 'reception'] as const,
    known: ['lever', 'victig'].flatMap((door) =>
      ['queue', 'ignore'].map((reception) => ({ door, reception })),
    ),
  });

  /** What became of deliveries that were queued. */
  readonly settledDeliveries = this.counter('deliveries_settled_total', {
    help: 'Queued deliveries and callbacks that were decided, by what became of them',
    labelNames: ['outcome'] as const,
    known: [{ outcome: 'acted_on' }, { outcome: 'ignored' }],
  });

  /** From the delivery to the first tag of its order. */
  readonly deliveryToTag = this.histogram('delivery_to_tag_seconds', {
    help: 'From a delivery to the first status tag of the order that it caused; orders with a hold are left out',
    labelNames: [] as const,
    buckets: SECONDS_TO_TAG,
  });

  /** Requests answered 429, by whose limit was used up. */
  readonly throttledRequests = this.counter('requests_throttled_total', {
    help: 'Requests that were refused because there were too many',
    labelNames: ['by'] as const,
    known: [{ by: 'caller' }, { by: 'address' }, { by: 'refusal' }],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** @param known what its labels may be, as far as it is known now */
  counter<L extends string>(
    name: string,
    { known = [], ...rest }: Described<L> & { known?: readonly Record<L, string>[] },
  ): Counter<L> {
    const counter = new Counter({ name: `${PREFIX}${name}`, registers: [this.registry], ...rest });
    for (const labels of known) counter.inc(labels, 0);
    return counter;
  }

  gauge<L extends string>(
    name: string,
    { collect, ...rest }: Described<L> & { collect?: (gauge: Gauge<L>) => void },
  ): Gauge<L> {
    return new Gauge({
      name: `${PREFIX}${name}`,
      registers: [this.registry],
      ...rest,
      ...(collect && {
        collect() {
          collect(this);
        },
      }),
    });
  }

  histogram<L extends string>(
    name: string,
    { buckets = SECONDS, ...rest }: Described<L> & { buckets?: number[] },
  ): Histogram<L> {
    return new Histogram({ name: `${PREFIX}${name}`, registers: [this.registry], buckets, ...rest });
  }
}

const PREFIX = 'bgc_';

interface Described<L extends string> {
  help: string;
  labelNames: readonly L[];
}
