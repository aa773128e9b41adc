import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { QueuesController } from './queues.controller.js';
import { PauseController } from './pause.controller.js';
import { Pauses } from './pauses.js';
import { ServiceStatus } from './service-status.js';
import { StatusController } from './status.controller.js';
import { SettleDeadLetters } from './settle-dead-letters.js';
import { WatchHome } from './watch-home.js';

/** What operators see and settle of the machinery: dead letters, queues, and how the service is doing. */
@Module({
  imports: [AuditModule],
  controllers: [DeadLettersController, QueuesController, StatusController, PauseController],
  providers: [SettleDeadLetters, ServiceStatus, Pauses, WatchHome],
})
export class OperationsModule {}
