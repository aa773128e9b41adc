import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { Activation } from './activation.js';
import { DoorRegister } from './door-register.js';
import { InstallationChanges } from './installation-changes.js';
import { InstallationCheck } from './installation-check.js';
import { InstallationCheckController } from './installation-check.controller.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationSecrets } from './installation-secrets.js';
import { InstallationRow, InstallationSecretRow, InstallationVersionRow } from './installation.entity.js';
import { InstallationView } from './installation-view.js';
import { InstallationVersions } from './installation-versions.js';
import { InstallationVersionsController } from './installation-versions.controller.js';
import { InstallationsController } from './installations.controller.js';
import { Installations } from './installations.js';
import { LeverConnectionRow } from './lever-connection.entity.js';
import { LeverConnections } from './lever-connections.js';
import { LostAccess } from './lost-access.js';
import { MeasureInstallations } from './measure-installations.js';
import { SharedLeverAccount } from './shared-lever-account.js';
import { SharedToken } from './shared-token.js';
import { StoredVendorCredentials } from './stored-vendor-credentials.js';
import { VendorCredentials } from './vendor-credentials.js';

@Module({
  imports: [
    AuditModule,
    TypeOrmModule.forFeature([
      InstallationRow,
      InstallationVersionRow,
      InstallationSecretRow,
      LeverConnectionRow,
    ]),
  ],
  controllers: [InstallationsController, InstallationVersionsController, InstallationCheckController],
  providers: [
    Installations,
    InstallationCheck,
    InstallationDirectory,
    InstallationSecrets,
    SharedToken,
    SharedLeverAccount,
    InstallationChanges,
    DoorRegister,
    Activation,
    LeverConnections,
    LostAccess,
    InstallationVersions,
    InstallationView,
    MeasureInstallations,
    { provide: VendorCredentials, useClass: StoredVendorCredentials },
  ],
  exports: [
    InstallationCheck,
    InstallationDirectory,
    InstallationSecrets,
    SharedToken,
    DoorRegister,
    VendorCredentials,
    LeverConnections,
    LostAccess,
  ],
})
export class InstallationsModule {}
