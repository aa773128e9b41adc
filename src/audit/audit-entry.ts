/**
 * What the audit trail can say, one shape for each action. Data holds ids, codes and numbers: no personal data
 * and no secret (A1).
 */
export type AuditAction =
  | { action: 'installation.created'; data: { settingsVersion: number } }
  | { action: 'installation.changed'; data: { settingsVersion: number; secretsSet: readonly string[] } }
  | { action: 'installation.restored'; data: { settingsVersion: number; restoredVersion: number } }
  | { action: 'installation.activated' | 'installation.paused'; data: { from: string } }
  | { action: 'signature_token.added' | 'signature_token.ended'; data: { tokenId: string } }
  | { action: 'lever.webhook_created'; data: { webhookId: string; tokenId: string } }
  | { action: 'lever.webhook_deleted'; data: { webhookId: string } }
  | { action: 'lever.oauth_link_made'; data: { expiresAt: string } }
  | { action: 'lever.connected'; data: { by: 'oauth'; again: boolean } }
  | { action: 'lever.connection_failed'; data: { reason: string } }
  | { action: 'installation.disconnected'; data: { from: string; reason: string } }
  | { action: 'waiting.released' | 'waiting.discarded'; data: { deliveries: number } }
  | { action: 'webhook.refused'; data: { door: 'lever'; reason: string } }
  | { action: 'order.opened'; data: { settingsVersion: number; deliveryId: string | null } }
  | { action: 'order.moved'; data: { from: string; to: string; reason: string | null } }
  | { action: 'victig.applicant_created'; data: { applicantGuid: string } }
  | { action: 'victig.order_placed'; data: { orderGuid: string; fileNumber: string; found: boolean } }
  | { action: 'lever.note_posted'; data: { reference: string; noteId: string; found: boolean } }
  | { action: 'lever.tags_set'; data: { added: number; removed: number } }
  | {
      action: 'dead_letter.retried' | 'dead_letter.discarded';
      data: { deadLetterId: string; queue: string };
    }
  | { action: 'lever.report_attached'; data: { reference: string; fileId: string; found: boolean } }
  | TrustAction;

/** Who may do what, and what is no longer kept. */
type TrustAction =
  | { action: 'key.created'; data: { keyId: string; role: string; expiresAt: string | null } }
  | { action: 'key.revoked'; data: { keyId: string } }
  | { action: 'audit.exported'; data: { filters: readonly string[] } }
  | { action: 'order.erased'; data: { cause: 'request' | 'retention'; removeFromLever: boolean } }
  | { action: 'order.hold_set'; data: { reason: string } }
  | { action: 'order.hold_lifted'; data: { reason: string } }
  | { action: 'lever.order_removed'; data: { tags: number; notes: number; gone: boolean } }
  | { action: 'delivery.replayed'; data: { deliveryId: string; outcome: string } };

/** Whose chain holds what concerns no installation. */
export const SERVICE_CHAIN = '00000000-0000-0000-0000-000000000000';

export type AuditEntry = AuditAction & {
  /** `SERVICE_CHAIN` for what concerns no installation, or all. */
  installationId: string;
  /** `delivery:<id>`, `job:<name>`, `admin_key:<id>` or `oidc:<digest of issuer and subject>`. */
  actor: string;
  orderId?: string;
  opportunityId?: string;
};
