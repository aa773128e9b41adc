import type { AuditAction } from './audit-schemas.js';

export type { AuditAction } from './audit-schemas.js';

/** Whose chain holds what concerns no installation. */
export const SERVICE_CHAIN = '00000000-0000-0000-0000-000000000000';

export type AuditEntry = AuditAction & {
  /** `SERVICE_CHAIN` for what concerns no installation, or all. */
  installationId: string;
  /** `delivery:<id>`, `job:<name>`, `admin_key:<id>` or `oidc:<digest of issuer and subject>`. */
  actor: string;
  orderId?: string;
  opportunityId?: string;
  /** The settings that were followed, where any were. */
  settingsVersion?: number;
};
