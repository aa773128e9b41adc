/** What the sandbox sends. Times are epoch milliseconds unless they are texts. */

export interface Stage {
  id: string;
  text: string;
}

export interface Posting {
  id: string;
  text: string;
  location: string | null;
}

export interface ArchiveReason {
  id: string;
  text: string;
}

export interface Note {
  id: string;
  secret: boolean;
  byApi: boolean;
  at: number;
  /** Null while it is secret and nobody authorized looks. */
  text: string | null;
}

export interface Move {
  stageId: string;
  at: number;
  by: string | null;
}

export interface Candidate {
  id: string;
  name: string;
  emails: string[];
  phones: string[];
  tags: string[];
  stageId: string;
  postingId: string | null;
  job: string | null;
  /** Why; null: they are not. */
  archived: string | null;
  notes: Note[];
  history: Move[];
}

export interface Search {
  displayName: string;
  status: string;
  result: string | null;
}

export interface Invitation {
  /** Null: not invited by email. */
  email: string | null;
  /** Null: not invited by text. */
  phone: string | null;
  firstName: string;
  endsAt: number;
  state: 'open' | 'expired' | 'done';
}

/** An order as VICTIG's staff see it. */
export interface Order {
  orderGuid: string;
  fileNumber: number;
  candidateId: string | null;
  applicant: string;
  product: string;
  client: string | null;
  reference: string | null;
  status: string;
  flagged: boolean;
  decision: string | null;
  searches: Search[];
  history: { status: string; at: number }[];
  at: number;
  invitation: Invitation | null;
}

export type Vendor = 'lever' | 'victig';

/** A webhook of Lever or a callback of VICTIG. */
export interface Delivery {
  n: number;
  vendor: Vendor;
  event: string;
  state: 'waiting' | 'delivered' | 'failed' | 'dropped';
  /** The delivery that this one repeats. */
  repeats: number | null;
  at: number | null;
  tries: number;
  /** How the service answered the last try. */
  status: number | null;
  candidateId: string | null;
  orderGuid: string | null;
}

export interface Fault {
  id: number;
  label: string | null;
  vendor: Vendor;
  kind: string;
  struck: number;
}

export interface Outgoing {
  loses: boolean;
  repeats: boolean;
}

export interface World {
  stages: Stage[];
  triggerStageIds: string[];
  postings: Posting[];
  archiveReasons: ArchiveReason[];
  candidates: Candidate[];
  /** Newest first. */
  orders: Order[];
  /** Newest first. */
  deliveries: Delivery[];
  faults: Fault[];
  outgoing: Record<Vendor, Outgoing>;
}

export interface StoryLink {
  label: string;
  href: string;
  id: string;
}

export interface Call {
  vendor: string;
  operation: string;
  status: number | null;
  outcome: string;
  durationMs: number;
  attempt: number;
}

export interface StoryEntry {
  key: string;
  /** ISO 8601. */
  at: string;
  kind: string;
  group: 'delivery' | 'decision' | 'call' | 'tag' | 'note';
  text: string;
  /** The status that the order got by it. */
  to: string | null;
  failed: boolean;
  nextTryAt: string | null;
  call: Call | null;
  links: StoryLink[];
}

/** An order as the service's admin API shows it. */
export interface ServiceOrder {
  id: string;
  status: string;
  reason: string | null;
  fileNumber: string | null;
  links: StoryLink[];
}

export type Story = { candidateId: string } & (
  | { state: 'unwatched' }
  | { state: 'unreachable'; reason: string }
  | { state: 'told'; docs: string; orders: ServiceOrder[]; entries: StoryEntry[] }
);
