import { Controller, Get, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import type { FastifyReply } from 'fastify';
import { OpenDoor } from '../access/access-guard.js';
import { inTime } from '../database/in-time.js';
import { Draining } from './draining.js';
import { Readiness } from './readiness.js';

const TIMEOUT_MS = 2_000;

@ApiExcludeController()
@OpenDoor(true)
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly draining: Draining,
    private readonly readiness: Readiness,
  ) {}

  /** The process runs. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /**
   * It can do its work: the database answers, has the schema of this release, and the queue is there; else 503. Not any
   * more once it shuts down: who is asked to send it no more work hears of it first (F5).
   */
  @Get('ready')
  @HealthCheck()
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthCheckResult> {
    const process = this.indicators.check('process');
    try {
      return await this.health.check([
        () => (this.draining.isDraining ? process.down('it is shutting down') : process.up()),
        () => this.part('database', () => this.readiness.askDatabase()),
        () => this.part('migrations', () => this.readiness.askSchema()),
        () => this.part('queue', () => this.readiness.askQueue()),
      ]);
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      // No problem document: probes look at the status, and people at which part is down.
      void reply.status(503);
      return error.getResponse() as HealthCheckResult;
    }
  }

  /** @param ask answers what is wrong, null when all is well; why it throws is in the log of whoever failed */
  private async part(name: string, ask: () => Promise<string | null>): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(name);
    try {
      const fault = await inTime(ask(), TIMEOUT_MS);
      return fault === null ? indicator.up() : indicator.down(fault);
    } catch {
      return indicator.down('it does not answer');
    }
  }
}
