import type { Settings } from '../mapping/settings.js';
import type { Retention } from './retention.js';

export const INSTALLATION_STATES = ['draft', 'active', 'paused', 'disconnected'] as const;
export type InstallationState = (typeof INSTALLATION_STATES)[number];

/** Who certified, when and with which text that checks are ordered for a permissible purpose (V5). */
export interface Certification {
  certifiedBy: string;
  /** ISO 8601. */
  certifiedAt: string;
  statement: string;
}

/** Whether one is recorded: an earlier release let blank ones be saved. */
export const isCertified = ({ certifiedBy, certifiedAt, statement }: Certification): boolean =>
  [certifiedBy, certifiedAt, statement].every((text) => text.trim() !== '');

/** All of an installation that is not secret; one version of it (I3). */
export interface Configuration {
  name: string;
  triggerStageIds: string[];
  leverPerformAs: string | null;
  victigClientGuid: string;
  certification: Certification;
  settings: Settings;
  /** Absent in versions that were made before there was such a thing. */
  retention?: Retention;
}

/** A customer's Lever account joined to its VICTIG client. */
export interface Installation {
  id: string;
  state: InstallationState;
  settingsVersion: number;
  configuration: Configuration;
  /** Since when Lever refuses the credentials that are stored; null when it does not, as far as is known. */
  leverRefusedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

const SECRET_KINDS = [
  'signature_token',
  'lever_api_key',
  'lever_access_token',
  'lever_refresh_token',
  'victig_api_token',
  'victig_webhook_secret',
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

/** That a secret is set; all that is ever shown of it (I2). */
export interface SecretMark {
  id: string;
  kind: SecretKind;
  lastFour: string;
  createdAt: Date;
}
