import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Draining } from './draining.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({ imports: [TerminusModule], controllers: [HealthController], providers: [Draining, Readiness] })
export class HealthModule {}
