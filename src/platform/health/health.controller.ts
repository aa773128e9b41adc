import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  TypeOrmHealthIndicator,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { OpenDoor } from '../access/access-guard.js';
import { Draining } from './draining.js';

const DATABASE_TIMEOUT_MS = 2_000;

@ApiExcludeController()
@OpenDoor(true)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly indicators: HealthIndicatorService,
    private readonly draining: Draining,
  ) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * It can do its work: the database answers, and so its schema is up to date and its queue started. Not any more
   * once it shuts down: who is asked to send it no more work hears of it first (F5).
   */
  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    const process = this.indicators.check('process');
    return this.health.check([
      () => (this.draining.isDraining ? process.down('it is shutting down') : process.up()),
      () => this.database.pingCheck('database', { timeout: DATABASE_TIMEOUT_MS }),
    ]);
  }
}
