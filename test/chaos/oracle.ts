import type { DoorRecord } from './front.ts';
import type { Story } from './people.ts';
import type { SeenOpportunity, SeenOrder } from './sandbox-process.ts';
import type { AdminOrder } from './service-client.ts';

/** What an onlooker saw of the vendors and at the service's doors, and what the service says of itself. */
export interface Facts {
  stories: readonly Story[];
  opportunities: readonly SeenOpportunity[];
  ordersAtVictig: readonly SeenOrder[];
  adminOrders: readonly AdminOrder[];
}

/** What can be wrong; each must never be. */
export const DEVIATIONS = [
  'orders at VICTIG missing',
  'orders at VICTIG too many',
  'orders nobody asked for',
  'wrong product or client',
  'result notes missing',
  'result notes too many',
  'change notes missing',
  'change notes too many',
  'rejection notes missing',
  'rejection notes too many',
  'withdrawal notes missing',
  'withdrawal notes too many',
  'status tag missing or wrong',
  'more than one status tag',
  'result tags wrong',
  'tags of others lost',
  'stuck orders',
  'deliveries acknowledged but unknown',
  'deliveries left undone',
  'doors that answered wrongly',
  'audit trails that do not verify',
  'replicas that ended by themselves',
] as const;
export type Deviation = (typeof DEVIATIONS)[number];

export interface Finding {
  deviation: Deviation;
  detail: string;
  opportunityId: string | null;
}

const OPEN = new Set(['received', 'pending', 'in_progress', 'error']);

/** Compares what came of each candidate with what the specification promises. Knows nothing of the service's inside. */
export function judge(facts: Facts): Finding[] {
  const opportunities = new Map(facts.opportunities.map((one) => [one.id, one]));
  const emails = new Map(facts.stories.map((story) => [story.candidate.mendedEmail, story]));
  const ordersOf = Map.groupBy(facts.ordersAtVictig, ({ applicant }) => emails.get(applicant?.email ?? ''));
  const strays = (ordersOf.get(undefined) ?? []).map((order) =>
    finding('orders nobody asked for', null, `${order.orderGuid} for ${order.applicant?.email ?? 'nobody'}`),
  );
  const adminOf = Map.groupBy(facts.adminOrders, ({ opportunityId }) => opportunityId);
  return [
    ...strays,
    ...facts.stories.flatMap((story) => [
      ...judgeOrders(story, ordersOf.get(story) ?? []),
      ...judgeOpportunity(story, opportunities.get(story.opportunityId), ordersOf.get(story) ?? []),
      ...(adminOf.get(story.opportunityId) ?? [])
        .filter(({ status }) => OPEN.has(status))
        .map(({ id, status, statusReason }) =>
          finding('stuck orders', story, `${id} is ${status} (${statusReason ?? 'no reason'})`),
        ),
    ]),
  ];
}

function judgeOrders(story: Story, orders: readonly SeenOrder[]): Finding[] {
  const { expected } = story.candidate;
  const wanted = expected.orders.length;
  const findings: Finding[] = [];
  if (orders.length < wanted) {
    findings.push(finding('orders at VICTIG missing', story, `${orders.length} of ${wanted}`));
  }
  if (orders.length > wanted) {
    const deviation = wanted === 0 ? 'orders nobody asked for' : 'orders at VICTIG too many';
    findings.push(finding(deviation, story, `${orders.length} instead of ${wanted}`));
  }
  const [want] = expected.orders;
  for (const { productName, clientGuid } of orders) {
    if (want && (productName !== want.product || clientGuid !== want.clientGuid)) {
      findings.push(finding('wrong product or client', story, `${productName} under ${clientGuid}`));
    }
  }
  return findings;
}

function judgeOpportunity(
  story: Story,
  opportunity: SeenOpportunity | undefined,
  orders: readonly SeenOrder[],
): Finding[] {
  if (!opportunity) return [finding('status tag missing or wrong', story, 'the opportunity is gone')];
  return [...judgeNotes(story, opportunity, orders), ...judgeTags(story, opportunity)];
}

function judgeNotes(story: Story, { notes }: SeenOpportunity, orders: readonly SeenOrder[]): Finding[] {
  const { expected } = story.candidate;
  const texts = notes.map(({ secret, fields }) => ({ secret, text: fields.map((f) => f.value).join('\n') }));
  // Notes of results are secret and name the order's number (R1); those of a change say what was before, too (R4).
  const secret = texts.filter((note) => note.secret);
  const ofOrder = secret.filter(({ text }) =>
    orders.some(({ fileNumber }) => text.includes(`Order number: ${fileNumber}`)),
  );
  const ofChanges = ofOrder.filter(({ text }) => text.includes('(before: '));
  const rejections = texts.filter(
    (note) => !note.secret && note.text.includes(expected.rejectionSays ?? 'Background check not ordered'),
  );
  const open = texts.filter((note) => !note.secret);
  // Says that the check goes on, and names the order that VICTIG would have to cancel (T7).
  const withdrawals = open.filter(
    ({ text }) =>
      text.includes('Background check still running') &&
      orders.some(({ fileNumber }) => text.includes(`cancel order ${fileNumber}`)),
  );
  const others = open.length - rejections.length - withdrawals.length;
  return [
    ...counted('result notes', story, ofOrder.length - ofChanges.length, expected.resultNotes),
    ...counted('change notes', story, ofChanges.length, expected.changeNotes),
    ...counted('result notes', story, secret.length - ofOrder.length, 0),
    ...counted('rejection notes', story, rejections.length, expected.rejectionNotes),
    ...counted('withdrawal notes', story, withdrawals.length, expected.withdrawalNotes),
    ...counted('rejection notes', story, others, 0),
  ];
}

function counted(
  what: 'result notes' | 'change notes' | 'rejection notes' | 'withdrawal notes',
  story: Story,
  found: number,
  wanted: number,
): Finding[] {
  if (found === wanted) return [];
  const deviation: Deviation = found < wanted ? `${what} missing` : `${what} too many`;
  return [finding(deviation, story, `${found} instead of ${wanted}`)];
}

function judgeTags(story: Story, { tags }: SeenOpportunity): Finding[] {
  const { customer, expected, flagged, decision } = story.candidate;
  const findings: Finding[] = [];
  const statuses = tags.filter((tag) => tag.startsWith(customer.statusPrefix));
  const wanted = expected.status === null ? [] : [tagOf(customer.statusPrefix, expected.status)];
  if (statuses.length > 1) findings.push(finding('more than one status tag', story, statuses.join(' | ')));
  else if (statuses[0] !== wanted[0]) {
    const shown = statuses[0] ?? 'none';
    findings.push(
      finding('status tag missing or wrong', story, `${shown} instead of ${wanted[0] ?? 'none'}`),
    );
  }

  const { flag, verdict } = resultPrefixes(customer.settings);
  const isFlagged = expected.changeNotes > 0 ? !flagged : flagged;
  const ofResult = tags.filter((tag) =>
    ['Flag:', 'Hit:', 'Decision:', 'Verdict:'].some((prefix) => tag.startsWith(prefix)),
  );
  const complete = expected.status === 'Complete';
  const wantedOfResult = [
    ...(complete && flag !== null ? [tagOf(flag, isFlagged ? 'True' : 'False')] : []),
    ...(complete && verdict !== null && decision !== null ? [tagOf(verdict, decision)] : []),
  ];
  if (ofResult.toSorted().join('|') !== wantedOfResult.toSorted().join('|')) {
    const what = `${ofResult.join(' | ')} instead of ${wantedOfResult.join(' | ')}`;
    findings.push(finding('result tags wrong', story, what));
  }
  const lost = story.candidate.tags.filter((tag) => !tags.includes(tag));
  if (lost.length > 0) findings.push(finding('tags of others lost', story, lost.join(' | ')));
  return findings;
}

/** Null where the customer wants none; the prefixes that the specification gives where the settings give none. */
function resultPrefixes(settings: Record<string, unknown>): { flag: string | null; verdict: string | null } {
  const prefixOf = (key: string, usual: string): string | null => {
    const setting = settings[key] as { enabled: boolean; prefix: string } | undefined;
    if (setting === undefined) return usual;
    return setting.enabled ? setting.prefix : null;
  };
  return { flag: prefixOf('flag', 'Flag:'), verdict: prefixOf('decision', 'Decision:') };
}

/** Prefix, one space (none if the prefix ends with a space), value (S1). */
const tagOf = (prefix: string, value: string): string =>
  prefix.endsWith(' ') ? `${prefix}${value}` : `${prefix} ${value}`;

/** A delivery as the service keeps it. */
export interface KeptDelivery {
  source: string;
  dedupe_key: string;
  event: string;
  outcome: string;
  order_guid: string | null;
}

/** Every delivery that a door answered 2xx must be kept, and something must have become of it (F1, T2). */
export function judgeDeliveries(
  answered: readonly DoorRecord[],
  kept: readonly KeptDelivery[],
  hashOf: (token: string) => string,
): Finding[] {
  const tokens = new Set(kept.map(({ dedupe_key: key }) => key));
  const callbacks = new Set(kept.map(({ event, order_guid: guid }) => `${event} ${guid ?? ''}`));
  const findings = kept
    .filter(({ outcome }) => outcome === 'queued')
    .map(({ source, event }) => finding('deliveries left undone', null, `${source} ${event}`));
  for (const { path, body, status } of answered) {
    if (status < 200 || status > 299) {
      if (status !== 401 && status < 500) {
        findings.push(finding('doors that answered wrongly', null, `${path}: ${status}`));
      }
      continue;
    }
    const delivery = JSON.parse(body) as Record<string, unknown>;
    const isKept = path.startsWith('/webhooks/lever/')
      ? tokens.has(hashOf(String(delivery['token'])))
      : callbacks.has(`${String(delivery['event'])} ${orderGuidOf(delivery)}`);
    if (!isKept) findings.push(finding('deliveries acknowledged but unknown', null, `${path}: ${body}`));
  }
  return findings;
}

const orderGuidOf = ({ resourcePath }: Record<string, unknown>): string =>
  /\/orders\/([\w-]+)/.exec(String(resourcePath))?.[1] ?? '';

export function finding(deviation: Deviation, story: Story | null, detail: string): Finding {
  const opportunityId = story?.opportunityId ?? null;
  return {
    deviation,
    detail: story ? `${story.candidate.kind}, candidate ${story.candidate.n}: ${detail}` : detail,
    opportunityId,
  };
}
