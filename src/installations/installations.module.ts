import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow, InstallationSecretRow, InstallationVersionRow } from './installation.entity.js';
import { InstallationsController } from './installations.controller.js';
import { Installations } from './installations.js';
import { StoredVendorCredentials } from './stored-vendor-credentials.js';
import { VendorCredentials } from './vendor-credentials.js';

@Module({
  imports: [
    AuditModule,
    TypeOrmModule.forFeature([InstallationRow, InstallationVersionRow, InstallationSecretRow]),
  ],
  controllers: [InstallationsController],
  providers: [
    Installations,
    InstallationDirectory,
    InstallationSecrets,
    { provide: VendorCredentials, useClass: StoredVendorCredentials },
  ],
  exports: [InstallationDirectory, InstallationSecrets, VendorCredentials],
})
export class InstallationsModule {}
