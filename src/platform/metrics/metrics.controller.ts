import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OpenDoor } from '../access/access-guard.js';
import { Measurements } from './measurements.js';
import { Metrics } from './metrics.js';
import { OPEN_METRICS_TEXT, openMetricsOf, PROMETHEUS_TEXT, wantsOpenMetrics } from './open-metrics.js';

/** What Prometheus asks, in the form that it asks for. */
@ApiExcludeController()
@OpenDoor(true)
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly measurements: Measurements,
  ) {}

  @Get()
  async read(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    await this.measurements.refresh();
    const text = await this.metrics.registry.metrics();
    const isNewer = wantsOpenMetrics(accept);
    void reply.header('content-type', isNewer ? OPEN_METRICS_TEXT : PROMETHEUS_TEXT);
    return isNewer ? openMetricsOf(text) : text;
  }
}
