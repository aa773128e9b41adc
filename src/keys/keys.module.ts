import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { FirstKey, KeyAnnouncement, TerminalAnnouncement } from './first-key.js';
import { KeyAdministration } from './key-administration.js';
import { KeysController } from './keys.controller.js';

/** Who may use the admin API. */
@Module({
  imports: [AuditModule],
  controllers: [KeysController],
  providers: [KeyAdministration, FirstKey, { provide: KeyAnnouncement, useClass: TerminalAnnouncement }],
})
export class KeysModule {}
