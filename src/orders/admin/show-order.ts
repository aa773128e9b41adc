import type { Order } from '../domain/order.js';
import type { OrderDto, OrderWarningCode, OrderWarningDto } from './order.dto.js';
import { shownStatus } from './shown-status.js';
import { wordsOf } from './words-of.js';

const MESSAGE_OF_WARNING: Record<OrderWarningCode, string> = {
  tag_not_added:
    "Lever did not take these tags. Let integrations create tags in Lever's settings, or create the tags there; then refresh the order. By itself the service tries again after a minute, and then ever less often, at last once a week.",
  tag_not_removed:
    'These old tags stay on the opportunity. Remove them there, and from its posting if it gives them. By itself the service tries again after a minute, and then ever less often, at last once a week.',
  report_not_attached:
    "The report's PDF is not in the opportunity's files. The timeline says why. Mend that, then refresh the order; the report can be read in VICTIG's portal, too.",
  status_unknown:
    'VICTIG gives a status that this service does not know, so what Lever shows is kept. Look the order up at VICTIG.',
  decision_unknown:
    'VICTIG gives the decision in a form that this service does not know, so no tag tells it. Read it in the report, and correct VICTIG_DECISION_FIELD if it names another field.',
  placed_twice:
    'VICTIG has further orders of this check, under these file numbers; this one is followed. Ask VICTIG which of them to cancel.',
  placed_after_end:
    'VICTIG has taken this order, under this number, though it has ended here. Ask VICTIG to cancel it if the check is not wanted.',
  quick_app_expiring:
    "The candidate's invitation ends within two days. Remind the candidate, or ask VICTIG's staff to: no API call that invites again is known.",
  quick_app_expired:
    "The candidate's invitation has ended. Ask VICTIG's staff to invite again, for no API call that does is known; the order then goes on by itself.",
};

/** When what keeps an order from going on, or from being shown, is tried next; null where nothing waits for that. */
interface NextTries {
  provider: Date | null;
  tracking: Date | null;
}

/** What leaves of an order: nothing personal. */
export function showOrder(order: Order, nextTries: NextTries): OrderDto {
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
      fileNumber: order.fileNumber || null,
      status: order.rawStatus,
    },
    quickApp: order.quickApp && { ...order.quickApp, invitedAt: order.orderedAt },
    flagged: order.flagged,
    decision: order.decision,
    withdrawn:
      order.withdrawnReason === null || order.withdrawnAt === null
        ? null
        : { reason: order.withdrawnReason, since: order.withdrawnAt },
    legalHold:
      order.legalHoldReason === null || order.legalHoldSince === null
        ? null
        : { reason: order.legalHoldReason, since: order.legalHoldSince },
    erasedAt: order.erasedAt,
    trouble:
      order.trouble === null || order.troubleSince === null
        ? null
        : { failure: order.trouble, since: order.troubleSince, nextTryAt: nextTries.provider },
    leverTrouble:
      order.reportTrouble === null || order.reportTroubleSince === null
        ? null
        : { failure: order.reportTrouble, since: order.reportTroubleSince, nextTryAt: nextTries.tracking },
    warnings: warningsOf(order),
    settingsVersion: order.settingsVersion,
    placedBy: order.placedBy,
    mappingWarnings: order.mappingWarnings,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}

function warningsOf({ reportWarnings, quickApp }: Order): OrderWarningDto[] {
  const shown = (code: OrderWarningCode, details: string[]): OrderWarningDto => ({
    code,
    // A newer version that was rolled back may have warned of others.
    message: Object.hasOwn(MESSAGE_OF_WARNING, code) ? MESSAGE_OF_WARNING[code] : wordsOf(code),
    details,
  });
  return [
    ...reportWarnings.map(({ code, details }) => shown(code, details)),
    ...(quickApp?.warning ? [shown(quickApp.warning, quickApp.expiresAt ? [quickApp.expiresAt] : [])] : []),
  ];
}
