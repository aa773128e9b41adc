import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationsModule } from '../installations/installations.module.js';
import { ApplicantTracking } from '../orders/ports/applicant-tracking.js';
import { LeverApplicantTracking } from './lever-applicant-tracking.js';
import { LeverDoorController } from './lever-door.controller.js';

@Module({
  imports: [AuditModule, InstallationsModule],
  controllers: [LeverDoorController],
  providers: [{ provide: ApplicantTracking, useClass: LeverApplicantTracking }],
  exports: [ApplicantTracking],
})
export class LeverModule {}
