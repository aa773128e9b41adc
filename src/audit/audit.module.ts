import { Module } from '@nestjs/common';
import { AuditChains } from './audit-chains.js';
import { AuditCheckpoints } from './audit-checkpoints.js';
import { AuditController } from './audit.controller.js';
import { AuditList } from './audit-list.js';
import { AuditTrail } from './audit-trail.js';
import { AuditVerifications } from './audit-verifications.js';
import { AuditVerifier } from './verify-audit.js';
import { CheckpointSealer } from './checkpoint-sealer.js';
import { CheckpointVerifier } from './verify-checkpoints.js';

@Module({
  controllers: [AuditController],
  providers: [
    AuditTrail,
    AuditChains,
    AuditCheckpoints,
    AuditList,
    AuditVerifier,
    AuditVerifications,
    CheckpointSealer,
    CheckpointVerifier,
  ],
  exports: [AuditTrail, AuditList],
})
export class AuditModule {}
