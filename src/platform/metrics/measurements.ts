import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { assertWritable } from '../database/writable.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { Metrics } from './metrics.js';

/** A scrape waits no longer for the database: it then tells what was measured before. */
const PATIENCE_MS = 1_000;

/**
 * Has gauges that only the database knows set before they are told. It is asked because somebody looks, and no oftener
 * than is of use, however many look; never twice at once.
 */
@Injectable()
export class Measurements {
  private readonly measures = new Map<string, () => Promise<void>>();
  private readonly databaseUp;
  private readonly failures;
  private readonly freshMs: number;
  private measuredAtMs = Number.NEGATIVE_INFINITY;
  private measuring: { end: Promise<void>; lateAtMs: number } | null = null;

  constructor(
    private readonly dataSource: DataSource,
    metrics: Metrics,
    @Inject(appConfig.KEY) config: Pick<AppConfig, 'metrics'>,
  ) {
    this.freshMs = config.metrics.freshSeconds * 1_000;
    this.databaseUp = metrics.gauge('database_up', {
      help: 'Whether the database answered this replica, and took writes, when it was last asked, 1 or 0',
      labelNames: [],
    });
    this.failures = metrics.counter('measure_failures_total', {
      help: 'Times that gauges could not be read from the database, and kept what they said before',
      labelNames: ['measure'],
    });
  }

  /**
   * @param name of what is measured, one of few
   * @param measure sets gauges; what it throws is counted
   */
  add(name: string, measure: () => Promise<void>): void {
    this.measures.set(name, measure);
    this.failures.inc({ measure: name }, 0);
  }

  /** Never rejects. */
  async refresh(): Promise<void> {
    const nowMs = performance.now();
    if (this.measuring === null && nowMs - this.measuredAtMs >= this.freshMs) {
      const end = this.measure().finally(() => {
        this.measuredAtMs = performance.now();
        this.measuring = null;
      });
      this.measuring = { end, lateAtMs: nowMs + PATIENCE_MS };
    }
    // Whoever comes while it is late already does not wait at all.
    if (this.measuring !== null)
      await atMost(this.measuring.end, Math.max(0, this.measuring.lateAtMs - nowMs));
  }

  private async measure(): Promise<void> {
    const isUp = await succeeds(() => assertWritable(this.dataSource));
    this.databaseUp.set(isUp ? 1 : 0);
    // One after the other: a look at the service must not take its connections.
    for (const [name, measure] of isUp ? this.measures : []) {
      if (!(await succeeds(measure))) this.failures.inc({ measure: name });
    }
  }
}

const succeeds = (work: () => Promise<unknown>): Promise<boolean> =>
  work().then(
    () => true,
    () => false,
  );

async function atMost(end: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((give) => (timer = setTimeout(give, ms)));
  await Promise.race([end, late]);
  clearTimeout(timer);
}
