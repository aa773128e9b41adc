import { z } from 'zod';
import { REASON_PATTERN } from '../platform/http/act-reason.js';

/**
 * What the audit trail can say, one schema for each action. Data holds ids, codes and numbers: whatever else is given
 * is refused before it is written, so that neither a name nor a secret can slip in (A1).
 */

/** An id that we made. */
const id = z.uuid();
/**
 * An id that a vendor made. What does not look like one is left out and not refused: an order must not stop for it.
 */
const vendorId = z
  .string()
  .regex(/^[\w.:/-]{1,200}$/)
  .catch('unreadable');
/** A word out of a set that the code knows. */
const code = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/);
/** The name that an operator gave an encryption key. */
const keyName = z.string().regex(/^[\w-]{1,32}$/);
const count = z.int().min(0);
const version = z.int().min(1);
const instant = z.iso.datetime();
/** What a person gave as the reason of a hold; the door demands the same form. */
const holdReason = z.string().regex(/^[\w.:/-]{1,100}$/);
/** What a person gave as the reason of an act; the door demands the same form. */
const actReason = z.string().regex(new RegExp(REASON_PATTERN, 'u'));

const of = z.strictObject;

/** Entries from before have no delivery. */
const deadLetter = {
  deadLetterId: id,
  queue: code,
  deliveryId: id.optional(),
  reason: actReason.optional(),
};

export const AUDIT_SCHEMAS = {
  'installation.created': of({ settingsVersion: version, secretsSet: z.array(code).readonly().optional() }),
  'installation.changed': of({
    settingsVersion: version,
    secretsSet: z.array(code).readonly(),
    secretsRemoved: z.array(code).readonly().optional(),
  }),
  'installation.restored': of({ settingsVersion: version, restoredVersion: version }),
  'installation.activated': of({ from: code }),
  'installation.paused': of({ from: code }),
  'installation.disconnected': of({ from: code, reason: code }),
  'signature_token.added': of({ tokenId: id }),
  'signature_token.ended': of({ tokenId: id }),
  'lever.webhook_created': of({ webhookId: vendorId, tokenId: id }),
  'lever.webhook_deleted': of({ webhookId: vendorId }),
  'lever.oauth_link_made': of({ expiresAt: instant }),
  'lever.connected': of({ by: z.enum(['oauth', 'api_key']), again: z.boolean() }),
  'lever.connection_failed': of({ reason: code }),
  'waiting.released': of({ deliveries: count }),
  'waiting.discarded': of({ deliveries: count }),
  'webhook.refused': of({ door: z.literal('lever'), reason: code }),
  'delivery.replayed': of({ deliveryId: id, outcome: code, reason: actReason.optional() }),
  'order.opened': of({ settingsVersion: version, deliveryId: id.nullable() }),
  'order.refresh_asked': of({}),
  'order.retry_asked': of({}),
  'order.canceled': of({ atVictig: z.enum(['no', 'yes', 'unknown']), reason: actReason.nullable() }),
  'order.discarded': of({ atVictig: z.enum(['no', 'yes', 'unknown']), reason: actReason.nullable() }),
  'order.runs_without_candidate': of({ reason: code }),
  'order.moved': of({ from: code, to: code, reason: code.nullable() }),
  'order.reason_changed': of({ status: code, reason: code }),
  'order.results_taken': of({ revision: version }),
  'order.erased': of({
    cause: z.enum(['request', 'retention']),
    removeFromLever: z.boolean(),
    events: count,
    untold: z.literal(true).optional(),
  }),
  'order.hold_set': of({ reason: holdReason }),
  'order.hold_lifted': of({ reason: holdReason }),
  'victig.applicant_created': of({ applicantGuid: vendorId }),
  'victig.order_placed': of({ orderGuid: vendorId, fileNumber: vendorId, found: z.boolean() }),
  'lever.note_posted': of({ reference: vendorId, noteId: vendorId, found: z.boolean() }),
  'lever.tags_set': of({ added: count, removed: count }),
  'lever.report_attached': of({ reference: vendorId, fileId: vendorId, found: z.boolean() }),
  'order.removal_asked': of({ cause: code }),
  'lever.order_removed': of({
    tags: count,
    tagsLeft: count.optional(),
    notes: count,
    files: count.optional(),
    gone: z.boolean(),
  }),
  'dead_letter.retried': of(deadLetter),
  'dead_letter.discarded': of(deadLetter),
  'key.created': of({ keyId: id, role: code, expiresAt: instant.nullable() }),
  'key.revoked': of({ keyId: id }),
  'secrets.rotated': of({ keyId: keyName, installationSecrets: count, orderKeys: count }),
  'service.paused': of({
    cause: z.enum(['restored', 'command']),
    differs: z.array(code).readonly(),
    knownUntil: instant,
  }),
  'service.resumed': of({ reason: actReason, knownUntil: instant }),
  'service.moved_to_postgres': of({ tables: count, rows: count }),
  'audit.exported': of({ filters: z.array(z.string().regex(/^[a-zA-Z]{1,32}$/)).readonly() }),
} as const;

export type AuditActionName = keyof typeof AUDIT_SCHEMAS;

type DataOf<A extends AuditActionName> = Readonly<z.input<(typeof AUDIT_SCHEMAS)[A]>>;

/** An action with its data. */
export type AuditAction = { [A in AuditActionName]: { action: A; data: DataOf<A> } }[AuditActionName];

/** Who did it: `delivery:<id>`, `job:<name>`, `admin_key:<id>` and the like. */
const actor = z.string().regex(/^[a-z_]{1,40}(:[\w.-]{1,150})?$/);

/** An opportunity's id in Lever, as the door and the jobs take it. */
const opportunityId = z.string().regex(/^[\w-]{1,100}$/);

const about = z.object({
  actor,
  installationId: id,
  orderId: id.optional(),
  opportunityId: opportunityId.optional(),
  settingsVersion: version.optional(),
});

/** The data as it is written. @throws ZodError for an entry that may not be written */
export function checkedData(entry: AuditAction & z.input<typeof about>): object {
  about.parse(entry);
  return AUDIT_SCHEMAS[entry.action].parse(entry.data);
}
