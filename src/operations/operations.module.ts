import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { QueuesController } from './queues.controller.js';
import { SettleDeadLetters } from './settle-dead-letters.js';

/** What operators see and settle of the machinery: dead letters and queues. */
@Module({
  imports: [AuditModule],
  controllers: [DeadLettersController, QueuesController],
  providers: [SettleDeadLetters],
})
export class OperationsModule {}
