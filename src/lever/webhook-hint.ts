const WEBHOOK_SETTINGS = 'Settings, Integrations and API, Webhooks';

export interface WebhookSituation {
  /** How many webhooks of ours Lever has. */
  count: number;
  /** When a stage change last came in; null for never. */
  lastDeliveryAt: Date | null;
}

/**
 * What a person has to do before stage changes come in once each; null when that is nothing. That Lever is silent
 * until a Super Admin switches the group on is in its documentation:
 * https://hire.lever.co/developer/documentation#webhooks
 */
export function webhookHint({ count, lastDeliveryAt }: WebhookSituation): string | null {
  if (count === 0) {
    return lastDeliveryAt === null
      ? 'Lever has no webhook to this address: create it here, or by hand in Lever.'
      : 'Lever names no webhook to this address, though deliveries came in: one made by hand may not be listed. If it was removed, create one here.';
  }
  if (count > 1) {
    return `Lever delivers each stage change ${count} times, once for each webhook. Nothing is ordered twice by that. Replace them by one, and remove by hand (${WEBHOOK_SETTINGS}) any that Lever does not let go.`;
  }
  if (lastDeliveryAt !== null) return null;
  return `No stage change has come in so far. Move a candidate to another stage; if nothing comes, a Super Admin has to switch on the group "Candidate Stage Change" in Lever: ${WEBHOOK_SETTINGS}. If it is on, the signature token of the webhook may not be the one that is kept here: replace the webhook.`;
}
