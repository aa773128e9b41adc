import type { JsonObject } from '../json.ts';
import { textAt } from '../json.ts';
import type { World } from '../world.ts';
import { toSecond, truthy } from './applicant-view.ts';
import type { Order } from './victig-state.ts';

const DAY_MS = 86_400_000;

/** As POST answers it: the modification time is exact. */
export function orderAnswer(order: Order, world: World): JsonObject {
  return { ...orderSummary(order, world), modifiedDate: order.modifiedDate };
}

/** A list row. It never names the applicant's or the product's guid. */
export function orderSummary(order: Order, world: World): JsonObject {
  const client = world.victig.clients.get(order.clientGuid);
  const reference = order.reference ?? undefined;
  const { uppercaseReference, numbersLate } = world.victig.behaviour;
  // Keys whose value is undefined are left out by JSON: absent means null.
  return {
    orderGuid: order.orderGuid,
    fileNumber: numbersLate && order.status === 'app-pending' ? undefined : order.fileNumber,
    orderStatus: order.status,
    orderType: 'Employment',
    orderedDate: toSecond(order.createdDate),
    generalReportReference: uppercaseReference ? reference?.toUpperCase() : reference,
    externalIdentifier: order.externalIdentifier ?? undefined,
    completedDate: order.completedDate === null ? undefined : toSecond(order.completedDate),
    applicantName: applicantName(applicantFields(order, world)),
    clientName: client?.name,
    clientCode: client?.code,
    productName: order.product.productName,
    requestedBy: order.requestedBy,
    searchFlagged: order.flagged,
    quickappApplicantLink: order.usesQuickapp ? quickappLink(order, world) : undefined,
    createdDate: toSecond(order.createdDate),
    createdBy: order.requestedBy,
    modifiedDate: toSecond(order.modifiedDate),
    modifiedBy: order.modifiedBy ?? undefined,
  };
}

export function orderDetail(order: Order, world: World): JsonObject {
  const fields = applicantFields(order, world);
  const { decisionField } = world.victig.behaviour;
  return {
    ...order.additions.detail,
    ...orderSummary(order, world),
    clientProductGuid: order.product.clientProductGuid,
    applicantEmail: textAt(fields, 'email')?.toUpperCase(),
    applicantPosition: textAt(fields, 'proposedPosition')?.toUpperCase(),
    applicantDateOfBirth: textAt(fields, 'dateOfBirth'),
    applicantPhone: textAt(fields, 'phoneNumber'),
    applicantGuid: order.applicantGuid,
    totalCharges: 0,
    orderNotes: order.orderNotes ?? undefined,
    includedSearches: order.product.searches.map(({ displayName }) => displayName),
    quickappInfo: order.usesQuickapp ? quickappInfo(order, fields, world) : undefined,
    // Invention: the decision, under a name that can be changed.
    ...(order.decision === null ? {} : { [decisionField]: order.decision }),
  };
}

/** The status is `orderDetail.status` here and `orderStatus` elsewhere. Report links appear on completion. */
export function orderStatusView(order: Order, world: World): JsonObject {
  const complete = order.status === 'complete';
  return {
    orderDetail: {
      externalIdentifier: order.externalIdentifier ?? undefined,
      fileNumber: order.fileNumber,
      status: order.status,
      reportUrl: complete ? keyedReportLink(order, world) : undefined,
      reportUrlLoginRequired: complete ? loginReportLink(order, world) : undefined,
    },
    coApplicantDetails: [],
  };
}

/** Whoever has this link reads the report. */
export function keyedReportLink(order: Order, world: World): string {
  const query = `a=${order.reportKey}&b=365&c=rptview&file=${order.fileNumber}`;
  return `${world.origin}/victig/send/interchangeview/?${query}`;
}

function loginReportLink(order: Order, world: World): string {
  return `${world.origin}/victig/editor/viewReport.taz?file=${order.fileNumber}`;
}

export function quickappLink(order: Order, world: World): string {
  return `${world.origin}/victig/orderquickapp/index.taz?x=${order.quickappKey}&y=${order.fileNumber}&z=1`;
}

/** Epoch milliseconds. */
export function quickappEndsAt(order: Order, world: World): number {
  return order.quickappEndsAt ?? order.createdDate + world.victig.behaviour.quickappDaysActive * DAY_MS;
}

/** The candidate can still fill it in. */
export function quickappIsOpen(order: Order, world: World): boolean {
  return order.status === 'app-pending' && world.now() < quickappEndsAt(order, world);
}

function quickappInfo(order: Order, fields: JsonObject, world: World): JsonObject {
  const { quickappDaysActive } = world.victig.behaviour;
  const byText = order.notifiesApplicant && truthy(fields['textingEnabled']);
  return {
    daysActive: quickappDaysActive,
    dateExpires: toSecond(quickappEndsAt(order, world)),
    notificationsSentByEmail: order.notifiesApplicant ? 1 : 0,
    emailUsed: textAt(fields, 'email')?.toUpperCase(),
    textsSent: byText ? 1 : 0,
    remindersSent: 0,
  };
}

function applicantFields(order: Order, world: World): JsonObject {
  return world.victig.applicants.get(order.applicantGuid)?.fields ?? {};
}

/** `MAY, LOUISE M.`: capitals, and a period after a middle initial (recorded). */
function applicantName(fields: JsonObject): string {
  const middle = textAt(fields, 'middleName') ?? '';
  const given = [textAt(fields, 'firstName') ?? '', middle.length === 1 ? `${middle}.` : middle];
  return `${textAt(fields, 'lastName') ?? ''}, ${given.filter((part) => part !== '').join(' ')}`.toUpperCase();
}
