import type { TokenBucket } from '../token-bucket.ts';

export interface Stage {
  id: string;
  text: string;
}

export interface ArchiveReason {
  id: string;
  text: string;
  status: 'active' | 'inactive';
  type: 'hired' | 'non-hired';
}

export interface User {
  id: string;
  name: string;
  username: string;
  email: string;
  accessRole: string;
  photo: string | null;
  createdAt: number;
  deactivatedAt: number | null;
  externalDirectoryId: string | null;
  linkedContactIds: string[];
  jobTitle: string | null;
  managerId: string | null;
}

export interface Posting {
  id: string;
  text: string;
  state: 'published' | 'internal' | 'closed' | 'draft' | 'pending' | 'rejected';
  owner: string;
  hiringManager: string | null;
  categories: {
    commitment: string | null;
    department: string | null;
    level: string | null;
    location: string | null;
    team: string | null;
    allLocations: string[];
  };
  tags: string[];
  description: string;
  createdAt: number;
  updatedAt: number;
}

export interface Phone {
  type: string;
  value: string;
}

export interface Archived {
  reason: string;
  archivedAt: number;
}

export interface StageChange {
  toStageId: string;
  toStageIndex: number;
  updatedAt: number;
  /** Absent when no user is known to have made it. */
  userId?: string;
}

export interface Application {
  id: string;
  type: 'posting' | 'user' | 'referral';
  posting: string;
  user: string | null;
  createdAt: number;
}

export interface NoteField {
  value: string;
  score: number | null;
  createdAt: number;
}

export interface Note {
  id: string;
  fields: NoteField[];
  /** The stage the opportunity was in when the note was written. */
  stage: string;
  user: string | null;
  secret: boolean;
  createdAt: number;
  /** Only these can be changed and deleted by the API. */
  byApi: boolean;
}

export interface StoredFile {
  id: string;
  name: string;
  /** Bytes. */
  size: number;
  uploadedAt: number;
}

export interface Opportunity {
  id: string;
  /** The Lever account it belongs to; a credential sees its own account only. */
  account: string;
  contact: string;
  name: string;
  headline: string;
  location: string;
  phones: Phone[];
  emails: string[];
  links: string[];
  /** All tags, those inherited from the posting included. */
  tags: string[];
  sources: string[];
  stage: string;
  stageChanges: StageChange[];
  origin: string;
  sourcedBy: string | null;
  owner: string | null;
  followers: string[];
  application: Application | null;
  /** The posting's location chosen for this candidacy; null: the key is absent on the wire. */
  opportunityLocation: string | null;
  confidentiality: 'non-confidential' | 'confidential';
  archived: Archived | null;
  createdAt: number;
  /** Null while untouched. */
  updatedAt: number | null;
  lastInteractionAt: number;
  lastAdvancedAt: number | null;
  isAnonymized: boolean;
  notes: Note[];
  files: StoredFile[];
}

export interface Webhook {
  id: string;
  account: string;
  event: string;
  url: string;
  origins: string[];
  /** Null: deliveries carry no signature, as old accounts without a token sent them. */
  signatureToken: string | null;
  createdAt: number;
  updatedAt: number;
  byApi: boolean;
}

/** What a request may do. */
export interface Credential {
  /** The API key or access token; one rate limit each. */
  key: string;
  account: string;
  /** Granted scopes, e.g. `notes:write:admin`; null: all. */
  scopes: string[] | null;
  /** May see confidential opportunities. */
  confidential: boolean;
}

export interface AccessToken extends Credential {
  expiresAt: number;
  grantId: string;
}

export interface AuthorizationCode {
  clientId: string;
  redirectUri: string;
  scopes: string[];
  account: string;
  expiresAt: number;
}

export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  /** Exact addresses; null: any (only for trying out). */
  redirectUris: string[] | null;
}

/** One customer's consent. Revoking it ends its tokens. */
export interface Grant {
  id: string;
  clientId: string;
  account: string;
  scopes: string[];
  /** The one refresh token that works now; null when none was asked for. */
  refreshToken: string | null;
  /** When that token was made, for its lifetime. */
  refreshedAt: number;
}

export interface OAuthState {
  clients: Map<string, OAuthClient>;
  codes: Map<string, AuthorizationCode>;
  grants: Map<string, Grant>;
  accessTokens: Map<string, AccessToken>;
}

/** What the sources leave open, or what a test wants otherwise. Changed by `PATCH /drive/lever/behaviour`. */
export interface LeverBehaviour {
  /** 10 requests a second for each credential, bursts to 20. */
  rateLimit: boolean;
  /** Deliveries carry a top-level `id`. */
  webhookId: boolean;
  /** `candidateId` equals `opportunityId` in deliveries; else it is some other id. */
  candidateIdIsOpportunityId: boolean;
  /** Each further try has a new token and time; else the same bytes are sent again. */
  freshTokenOnRetry: boolean;
  /** The wait before each further try. */
  retryGapsMs: number[];
  deliveryTimeoutMs: number;
  /** Events whose group no Super Admin has switched on: nothing is sent. */
  silentEvents: string[];
  /** A move to the stage the opportunity is in already fires `candidateStageChange`. */
  sameStageMoveFires: boolean;
  /** Mutations answer with blank contact fields, as recorded. */
  partialMutations: boolean;
  /** Tags that cannot be taken away, as if a posting gave them: they stay, and the answer says so. */
  stickyTags: string[];
  /** Tags that may not be made by the API: tags are locked down. */
  lockedTags: string[];
  /** What adding a locked tag answers: a status of a refusal, or 200 for tags that are dropped silently. */
  lockedTagsStatus: number;
  /** `POST /webhooks` answers `data.data`, as the documentation's sample does. */
  doubleNestedWebhook: boolean;
  /** An unexpired access token outlives the revocation of its grant. */
  accessTokenOutlivesGrant: boolean;
  /** The consent page answers by itself; null: a person clicks. */
  autoConsent: 'accept' | 'deny' | null;
  /** The account whose Super Admin sits at the consent page. */
  consentAccount: string;
  accessTokenSeconds: number;
}

export interface LeverState {
  stages: Stage[];
  /** Of accounts that have others than those. */
  stagesOf: Map<string, Stage[]>;
  archiveReasons: ArchiveReason[];
  users: Map<string, User>;
  postings: Map<string, Posting>;
  /** In the order of their creation. */
  opportunities: Map<string, Opportunity>;
  webhooks: Map<string, Webhook>;
  apiKeys: Map<string, Credential>;
  oauth: OAuthState;
  behaviour: LeverBehaviour;
  buckets: (key: string) => TokenBucket;
}

export const WEBHOOK_EVENTS = [
  'applicationCreated',
  'candidateHired',
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
  'interviewCreated',
  'interviewUpdated',
  'interviewDeleted',
  'contactCreated',
  'contactUpdated',
] as const;

export const ORIGINS = ['applied', 'sourced', 'referred', 'university', 'internal', 'agency'] as const;

export const DEFAULT_LEVER_BEHAVIOUR: LeverBehaviour = {
  rateLimit: false,
  webhookId: true,
  candidateIdIsOpportunityId: true,
  freshTokenOnRetry: false,
  retryGapsMs: [1_000, 2_000, 4_000, 8_000, 16_000],
  deliveryTimeoutMs: 10_000,
  silentEvents: [],
  sameStageMoveFires: false,
  partialMutations: true,
  stickyTags: [],
  lockedTags: [],
  lockedTagsStatus: 200,
  doubleNestedWebhook: false,
  accessTokenOutlivesGrant: false,
  autoConsent: null,
  consentAccount: 'demo',
  accessTokenSeconds: 3_600,
};
