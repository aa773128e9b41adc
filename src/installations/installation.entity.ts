import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Configuration, InstallationState, SecretKind } from './installation.js';

@Entity('installations')
export class InstallationRow {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  state: InstallationState;

  @Column('integer', { name: 'settings_version' })
  settingsVersion: number;

  /** Since when Lever refuses the credentials that are stored. */
  @Column('timestamptz', { name: 'lever_refused_at', nullable: true })
  leverRefusedAt: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}

@Entity('installation_versions')
export class InstallationVersionRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('integer')
  version: number;

  @Column('jsonb')
  configuration: Configuration;

  @Column('text', { name: 'changed_by' })
  changedBy: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}

@Entity('installation_secrets')
export class InstallationSecretRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  kind: SecretKind;

  @Column('bytea')
  sealed: Buffer;

  @Column('text', { name: 'last_four' })
  lastFour: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
