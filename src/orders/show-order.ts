import type { Order } from './domain/order.js';
import type { OrderStatus } from './domain/order-status.js';
import type { ReportWarningCode } from './domain/report-warning.js';
import type { OrderDto, ShownStatus } from './order.dto.js';

/** To people an order that is held or being submitted has been received (spec section 11). */
export const shownStatus = (status: OrderStatus): ShownStatus =>
  status === 'held' || status === 'submitting' ? 'received' : status;

const MESSAGE_OF_WARNING: Record<ReportWarningCode, string> = {
  tag_not_added:
    "Lever did not take these tags. Let integrations create tags in Lever's settings, or create the tags there.",
  tag_not_removed:
    'These old tags stay on the opportunity. Remove them there, and from its posting if it gives them.',
  report_not_attached:
    "The report's PDF is not in the opportunity's files. The timeline says why; it can be read in VICTIG's portal.",
};

/** What leaves of an order: nothing personal. */
export function showOrder(order: Order): OrderDto {
  const named = (name: string | null, guid: string | null) =>
    name === null || guid === null ? null : { name, guid };
  return {
    id: order.id,
    installationId: order.installationId,
    opportunityId: order.opportunityId,
    status: shownStatus(order.status),
    statusReason: order.statusReason,
    product: named(order.productName, order.productGuid),
    client: named(order.clientName, order.clientGuid),
    reference: order.reference,
    victig: {
      orderGuid: order.providerOrderGuid,
      fileNumber: order.fileNumber,
      status: order.rawStatus,
    },
    quickApp: order.quickApp && { ...order.quickApp, invitedAt: order.orderedAt },
    flagged: order.flagged,
    decision: order.decision,
    legalHold:
      order.legalHoldReason === null || order.legalHoldSince === null
        ? null
        : { reason: order.legalHoldReason, since: order.legalHoldSince },
    erasedAt: order.erasedAt,
    leverTrouble:
      order.reportTrouble === null || order.reportTroubleSince === null
        ? null
        : { failure: order.reportTrouble, since: order.reportTroubleSince },
    warnings: order.reportWarnings.map((warning) => ({
      ...warning,
      message: MESSAGE_OF_WARNING[warning.code],
    })),
    settingsVersion: order.settingsVersion,
    placedBy: order.placedBy,
    mappingWarnings: order.mappingWarnings,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}
