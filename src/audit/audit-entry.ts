/**
 * What the audit trail can say, one shape for each action. Data holds ids, codes and numbers: no personal data
 * and no secret (A1).
 */
export type AuditAction =
  | { action: 'installation.created'; data: { settingsVersion: number } }
  | { action: 'installation.changed'; data: { settingsVersion: number; secretsSet: readonly string[] } }
  | { action: 'installation.activated' | 'installation.paused'; data: { from: string } }
  | { action: 'signature_token.added' | 'signature_token.ended'; data: { tokenId: string } }
  | { action: 'lever.webhook_created'; data: { webhookId: string; tokenId: string } }
  | { action: 'lever.webhook_deleted'; data: { webhookId: string } }
  | { action: 'webhook.refused'; data: { door: 'lever'; reason: string } }
  | { action: 'order.opened'; data: { settingsVersion: number; deliveryId: string | null } }
  | { action: 'order.moved'; data: { from: string; to: string; reason: string | null } }
  | { action: 'victig.applicant_created'; data: { applicantGuid: string } }
  | { action: 'victig.order_placed'; data: { orderGuid: string; fileNumber: string; found: boolean } }
  | { action: 'lever.note_posted'; data: { reference: string; noteId: string; found: boolean } }
  | { action: 'lever.tags_set'; data: { added: number; removed: number } };

export type AuditEntry = AuditAction & {
  installationId: string;
  /** `delivery:<id>`, `job:<name>` or `admin_key:<id>`. */
  actor: string;
  orderId?: string;
  opportunityId?: string;
};
