import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { homeOf } from '../platform/pause/home.js';
import { ServicePause } from '../platform/pause/service-pause.js';
import { Pauses } from './pauses.js';

/** A database may be replaced beneath a service that runs, and another replica may have gone on. */
const LOOK_EVERY_MS = 5_000;

/** Looks whether the database is still the one it was; before the first job is taken, and from then on. */
@Injectable()
export class WatchHome implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(WatchHome.name);
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly pauses: Pauses,
    private readonly pause: ServicePause,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
    metrics: Metrics,
  ) {
    metrics.gauge('service_paused', {
      help: '1 while nothing is ordered or sent, since the database is a restored copy or a command asked for it',
      labelNames: [],
      collect: (gauge) => gauge.set(pause.isPaused ? 1 : 0),
    });
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => this.lookAgain(), LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Also what others wrote down meanwhile. */
  async look(): Promise<void> {
    const wasPaused = this.pause.isPaused;
    await this.pauses.compare(await homeOf(this.dataSource, this.config.database.failoverLosesNothing));
    await this.pause.learn();
    if (this.pause.isPaused === wasPaused) return;
    if (wasPaused) this.logger.log('resumed: orders are placed and Lever is written to again');
    else {
      this.logger.error(
        'PAUSED: the database is a restored copy, or a command asked for it. Deliveries are kept; nothing is ordered or sent until an admin resumes (docs/operating.md)',
      );
    }
  }

  /** One look at a time: a database that does not answer must not be asked more and more often. */
  private lookAgain(): void {
    this.looking ??= this.look()
      .catch((error: unknown) =>
        this.logger.warn({ err: error }, 'where the database lives was not found out'),
      )
      .finally(() => {
        this.looking = null;
      });
  }
}
