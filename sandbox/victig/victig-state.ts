import type { JsonObject } from '../json.ts';
import type { TokenBucket } from '../token-bucket.ts';

export interface ClientProduct {
  /** By this a product is ordered; it differs by client. */
  clientProductGuid: string;
  productGuid: string;
  productName: string;
  dateModified: number;
  usesQuickapp: boolean;
  /** The searches that an order of it consists of. */
  searches: readonly ProductSearch[];
}

export interface ProductSearch {
  type: string;
  displayName: string;
}

export interface Client {
  clientGuid: string;
  /** Null for a main client. */
  parentGuid: string | null;
  name: string;
  code: string;
  city: string;
  /** Invention: only `ACTIVE` was ever seen, and is meant where it is absent; of another nothing follows. */
  status?: string | undefined;
  modifiedDate: number;
  products: ClientProduct[];
}

export interface Applicant {
  applicantGuid: string;
  clientGuid: string;
  /** The fields sent and known, under their wire names. */
  fields: JsonObject;
  addresses: JsonObject[];
  version: number;
  /** Exact; a GET rounds it to the second. */
  createdDate: number;
  modifiedDate: number;
  createdBy: string;
  /** The bodies of POST and PUT as they came. */
  requestBodies: JsonObject[];
}

export interface OrderSearch {
  orderSearchGuid: string;
  type: string;
  displayName: string;
  status: string;
  /** `yes` when something was found; null until it is done. */
  result: string | null;
  modifiedDate: number;
}

export interface Order {
  orderGuid: string;
  clientGuid: string;
  fileNumber: number;
  status: string;
  applicantGuid: string;
  product: ClientProduct;
  externalIdentifier: string | null;
  /** `generalReportReference` as it was sent. */
  reference: string | null;
  orderNotes: string | null;
  usesQuickapp: boolean;
  notifiesApplicant: boolean;
  requestedBy: string;
  flagged: boolean;
  /** Invention: no decision was ever seen in recorded answers. Null: not emitted. */
  decision: string | null;
  searches: OrderSearch[];
  createdDate: number;
  modifiedDate: number;
  /** Null after the system itself changed the order (recorded: the key is absent then). */
  modifiedBy: string | null;
  completedDate: number | null;
  /** The secret in the keyed report link. */
  reportKey: string;
  quickappKey: string;
  /** Epoch milliseconds; absent: as long after the order as `quickappDaysActive` says. */
  quickappEndsAt?: number;
  requestBody: JsonObject;
  history: { status: string; at: number }[];
  /** What a test adds to answers about it, e.g. personal data that no recording shows. */
  additions: { detail: JsonObject; search: JsonObject };
}

/** `ORDER` may list clients and products and use applicants and orders; `CLIENT` may read single clients too. */
export const TOKEN_TYPES = ['ORDER', 'CLIENT'] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];

export interface Token {
  token: string;
  type: TokenType;
  /** The API application's name, shown as author; it ends with a space, as recorded. */
  application: string;
  /** The clients it may see; null: all. */
  clientGuids: string[] | null;
}

/** Where callbacks go. */
export interface CallbackTarget {
  url: string;
  /** The whole `Authorization` header; null: none is sent. */
  authorization: string | null;
  /** Orders of this client and of its sub-clients only; null: all. */
  clientGuid: string | null;
}

/** What the sources leave open, or what a test wants otherwise. Changed by `PATCH /drive/victig/behaviour`. */
export interface VictigBehaviour {
  /** 5 requests a second for each token, bursts to 10. */
  rateLimit: boolean;
  timestampUnit: 'ms' | 's';
  /** A finished QuickApp goes straight to `pending`. */
  skipAppReady: boolean;
  /** `generalReportReference` comes back in capitals. */
  uppercaseReference: boolean;
  /** Invention: the name of the decision in the order detail. */
  decisionField: string;
  /** The `externalIdentifier` of new orders is lost. */
  losesIdentifiers: boolean;
  /** An order has no file number before the candidate has finished the QuickApp. */
  numbersLate: boolean;
  /** A QuickApp order without `certifyPermissiblePurpose: true` is refused. */
  requireCertification: boolean;
  /** Days until a QuickApp link expires. */
  quickappDaysActive: number;
  callbackTimeoutMs: number;
  /** The wait before each further try of a callback; none are known. */
  callbackRetryGapsMs: number[];
  /** Events that are not enabled in the console: nothing is sent. */
  silentEvents: string[];
}

export interface VictigState {
  clients: Map<string, Client>;
  applicants: Map<string, Applicant>;
  /** By client, in the order of their creation. */
  applicantsOf: Map<string, Applicant[]>;
  orders: Map<string, Order>;
  ordersOf: Map<string, Order[]>;
  ordersOfApplicant: Map<string, Order[]>;
  tokens: Map<string, Token>;
  callbacks: CallbackTarget[];
  behaviour: VictigBehaviour;
  buckets: (key: string) => TokenBucket;
  /** The last file number given; they rise by one. */
  lastFileNumber: number;
  /** The same in every callback. */
  instanceGuid: string;
}

export const DEFAULT_VICTIG_BEHAVIOUR: VictigBehaviour = {
  rateLimit: false,
  timestampUnit: 'ms',
  skipAppReady: false,
  uppercaseReference: true,
  decisionField: 'decision',
  losesIdentifiers: false,
  numbersLate: false,
  requireCertification: false,
  quickappDaysActive: 14,
  callbackTimeoutMs: 10_000,
  callbackRetryGapsMs: [],
  silentEvents: [],
};

/** Appends to the list under `key`, which is made at the first use. */
export function appendTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
