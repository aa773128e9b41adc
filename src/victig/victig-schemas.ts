import { z } from 'zod';
import { codeAndMessage } from '../platform/http/code-and-message.js';
import { withoutNeverTold } from '../mapping/never-told.js';
import type { DecisionForm, QuickAppLife } from '../orders/ports/screening-provider.js';
import type { VendorFault } from '../platform/http/json-client.js';
import { LAST_MOMENT_MS } from './last-moment.js';

/**
 * The fields of VICTIG's answers that are read, and nothing else: names, dates of birth, numbers, charges, keyed
 * links and results stay behind here (R1, A4). VICTIG leaves out what is not set: absent means null.
 * Source: https://docs.developer.tazworks.com
 */

const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);

const numberOrText = z.union([z.string(), z.number()]).transform(String);

const name = numberOrText.transform((value) => value.trim());

/** Blank is as good as absent. */
const identifierOrNull = numberOrText.nullish().transform((value) => value?.trim() || null);

/** Epoch milliseconds. What cannot be read of it must not keep an order from being followed. */
const momentOrNull = z
  .union([z.number(), z.string().regex(/^\d{1,15}$/)])
  .nullish()
  .transform((value) => {
    const ms = value === null || value === undefined ? NaN : Number(value);
    return Math.abs(ms) <= LAST_MOMENT_MS ? new Date(ms) : null;
  })
  .catch(null);

/** Some integrations meet truth values as text. */
const flag = z
  .union([
    z.boolean(),
    z
      .string()
      .trim()
      .toLowerCase()
      .pipe(z.enum(['true', 'false']))
      .transform((value) => value === 'true'),
  ])
  .nullish()
  .transform((value) => value ?? false);

/** Only `ACTIVE` is recorded: any other word means that a client is out of use, and silence means nothing. */
const activity = textOrNull
  .catch(null)
  .transform((status) => status === null || status.toUpperCase() === 'ACTIVE');

const addressOrNull = z.object({ city: identifierOrNull }).nullish().catch(null);

/** One without an id or a name is none; what else of it cannot be read keeps it from being found by that alone. */
export const clientSchema = z
  .object({
    clientGuid: z.string(),
    name,
    code: identifierOrNull.catch(null),
    /** Not in the recorded list; read in case a token gets it. */
    city: identifierOrNull.catch(null),
    physicalAddress: addressOrNull,
    status: activity,
  })
  .transform(({ clientGuid, name, code, city, physicalAddress, status: isActive }) => ({
    guid: clientGuid,
    name,
    code,
    city: city ?? physicalAddress?.city ?? null,
    ...(!isActive && { isActive }),
  }));

/** The record of one client, as one integration describes it; only tokens of type CLIENT get it. */
export const clientRecordSchema = z
  .object({ physicalAddress: addressOrNull })
  .transform(({ physicalAddress }) => ({ city: physicalAddress?.city ?? null }));

/** Ordered with `clientProductGuid`, which belongs to one client; `productGuid` is no use for that (M6). */
export const productSchema = z
  .object({ clientProductGuid: z.string(), productName: name })
  .transform(({ clientProductGuid, productName }) => ({ guid: clientProductGuid, name: productName }));

/** As far as a check of the set-up needs it. */
export const offeredProductSchema = z.intersection(
  productSchema,
  z.object({
    usesQuickapp: z
      .boolean()
      .nullish()
      .catch(null)
      .transform((uses) => uses ?? null),
  }),
);

export const visibleClientSchema = z.intersection(clientSchema, z.object({ status: textOrNull.catch(null) }));

/** For an answer of which nothing is read. */
export const anything = z.unknown();

export const applicantSchema = z.object({ applicantGuid: z.string() });

/**
 * A row of a list of orders: enough to know ours again (V4) and to see that something changed (V3). What else of it cannot
 * be read is left to the order itself, and keeps none of the rows beside it from being read.
 */
export const orderRowSchema = z
  .object({
    orderGuid: z.string(),
    externalIdentifier: identifierOrNull,
    fileNumber: numberOrText.nullish().catch(null),
    orderStatus: z.string().catch(''),
    searchFlagged: flag.catch(false),
    orderedDate: momentOrNull,
    modifiedDate: momentOrNull,
  })
  .transform((row) => ({
    orderGuid: row.orderGuid,
    externalIdentifier: row.externalIdentifier,
    fileNumber: row.fileNumber ?? '',
    rawStatus: row.orderStatus,
    flagged: row.searchFlagged,
    orderedAt: row.orderedDate,
    modifiedAt: row.modifiedDate,
  }));

const countOrNone = z.int().min(0).catch(0);

const quickappInfoSchema = z
  .object({
    dateExpires: momentOrNull,
    notificationsSentByEmail: countOrNone,
    textsSent: countOrNone,
    remindersSent: countOrNone,
  })
  .nullish()
  // A nicety: what cannot be read of it must not keep an order from being followed.
  .catch(null);

/** A recorded invitation expires before it was ordered; what cannot be is taken for unknown. */
function quickAppOf(info: z.infer<typeof quickappInfoSchema>, orderedAt: Date | null): QuickAppLife | null {
  if (!info) return null;
  const { dateExpires } = info;
  const isPossible = dateExpires !== null && (orderedAt === null || dateExpires > orderedAt);
  return {
    expiresAt: isPossible ? dateExpires : null,
    emailsSent: info.notificationsSentByEmail,
    textsSent: info.textsSent,
    remindersSent: info.remindersSent,
  };
}

/** @param decisionField under which the order has the decision that was selected on the report, if any (R3) */
export const orderSchema = (decisionField: string) =>
  z
    .looseObject({
      orderGuid: z.string(),
      fileNumber: numberOrText.nullish().catch(null),
      orderStatus: z.string(),
      searchFlagged: flag,
      orderedDate: momentOrNull,
      completedDate: momentOrNull,
      modifiedDate: momentOrNull,
      externalIdentifier: identifierOrNull,
      clientProductGuid: z.string().nullish(),
      quickappInfo: quickappInfoSchema,
    })
    .transform((order) => ({
      orderGuid: order.orderGuid,
      fileNumber: order.fileNumber ?? '',
      rawStatus: order.orderStatus,
      flagged: order.searchFlagged,
      ...decisionOf(Object.hasOwn(order, decisionField) ? order[decisionField] : null),
      orderedAt: order.orderedDate,
      completedAt: order.completedDate,
      modifiedAt: order.modifiedDate,
      quickApp: quickAppOf(order.quickappInfo, order.orderedDate),
      externalIdentifier: order.externalIdentifier,
      productGuid: order.clientProductGuid ?? null,
    }));
export type VictigOrder = z.infer<ReturnType<typeof orderSchema>>;

/**
 * Blank is absent; what is no text is there, and cannot be told. It is kept unsealed and stands in a tag, which more people
 * see than the secret note.
 */
function decisionOf(value: unknown): { decision: string | null; decisionForm?: DecisionForm } {
  if (typeof value === 'string') return { decision: withoutNeverTold(value.trim()) || null };
  if (value === null || value === undefined) return { decision: null };
  if (Array.isArray(value)) return { decision: null, decisionForm: 'list' };
  if (typeof value === 'number') return { decision: null, decisionForm: 'number' };
  return { decision: null, decisionForm: typeof value === 'boolean' ? 'boolean' : 'object' };
}

/** The page that shows a report to whoever has its key; only the link that demands a login may be shown (R1). */
const KEYED_PAGE = /interchangeview/i;

/** Which order an answer says that it is of, where it says so. */
const saidToBe = {
  externalIdentifier: identifierOrNull.catch(null),
  fileNumber: identifierOrNull.catch(null),
};

export const orderStatusSchema = z
  .object({ orderDetail: z.object({ reportUrlLoginRequired: textOrNull, ...saidToBe }) })
  .transform(({ orderDetail: { reportUrlLoginRequired: link, ...of } }) => {
    const isUsable = link !== null && /^https?:\/\//i.test(link) && !KEYED_PAGE.test(link);
    return { reportLink: isUsable ? link : null, of };
  });

/** One search, by its name on the report and how far it is; what it found stays behind. */
export const searchSchema = z
  .object({
    displayName: textOrNull.catch(null),
    type: textOrNull.catch(null),
    status: textOrNull.catch(null),
  })
  .transform(({ displayName, type, status }) => ({
    name: displayName ?? type ?? 'Search',
    status: status ?? 'unknown',
  }));

const MAX_FAULT_LENGTH = 300;
const faultText = z.string().transform((fault) => fault.slice(0, MAX_FAULT_LENGTH));
const faultTexts = z.union([z.array(faultText), faultText.transform((fault) => [fault])]);
const faultsByField = z.object({ fields: z.record(z.string(), faultTexts) });

/** Reads both error envelopes: `{ code, message }` and `{ code, fields }`. */
export function faultOf(body: unknown): VendorFault {
  const parsed = faultsByField.safeParse(body);
  return { ...codeAndMessage(body), ...(parsed.success && { fields: parsed.data.fields }) };
}

export const pdfSchema = z
  .object({ resultsUrl: z.string().min(1), ...saidToBe })
  .transform(({ resultsUrl, ...of }) => ({ resultsUrl, of }));
