import { objectOf, objectsAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';

/** The service whose admin API is read. The key stays in this process: the page never sees it. */
export interface WatchedService {
  url: string;
  adminKey: string;
  installationId: string;
  /** A move there orders a check. */
  triggerStageIds: readonly string[];
}

export interface StoryLink {
  label: string;
  /** An operation in Swagger UI. */
  href: string;
  /** What to fill in there. */
  id: string;
}

/** `unwatched`: the sandbox runs alone · `unreachable`: the service does not answer. */
export type Story =
  | { state: 'unwatched' }
  | { state: 'unreachable'; reason: string }
  | { state: 'told'; docs: string; orders: JsonObject[]; entries: JsonObject[] };

/** Older orders of a candidate are left to Swagger UI. */
const ORDERS_TOLD = 5;
const ANSWER_TIMEOUT_MS = 5_000;

/** What the service did for one candidate, from the timelines of the admin API, oldest first. */
export async function storyOf(service: WatchedService | null, opportunityId: string): Promise<Story> {
  if (!service) return { state: 'unwatched' };
  try {
    const { installationId } = service;
    const query = new URLSearchParams({ installationId, opportunityId, limit: String(ORDERS_TOLD) });
    const orders = objectsAt(objectOf(await read(service, `/orders?${query.toString()}`)), 'items') ?? [];
    const told = await Promise.all(orders.map(({ id }) => read(service, `/orders/${String(id)}/timeline`)));
    const timelines = told.map(objectOf);
    const entries = timelines.flatMap((timeline) => objectsAt(timeline, 'entries') ?? []);
    const ignored = orders.length === 0 ? await ignoredDeliveries(service, opportunityId) : [];
    return {
      state: 'told',
      docs: `${service.url}/docs`,
      // As it was when the timeline was told, so that both say the same.
      orders: timelines.map((timeline) => orderView(service, objectOf(timeline['order']))),
      entries: once([...entries, ...ignored].map((entry) => entryView(service, entry))).toSorted((a, b) =>
        String(a['at']).localeCompare(String(b['at'])),
      ),
    };
  } catch (error) {
    return { state: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Before there is an order only deliveries tell of a candidate; the list is not searched by candidate. */
async function ignoredDeliveries(service: WatchedService, opportunityId: string): Promise<JsonObject[]> {
  const query = new URLSearchParams({
    installationId: service.installationId,
    source: 'lever',
    limit: '200',
  });
  const page = objectOf(await read(service, `/deliveries?${query.toString()}`));
  return (objectsAt(page, 'items') ?? [])
    .filter((delivery) => objectOf(delivery['facts'])['opportunityId'] === opportunityId)
    .map((delivery) => ({
      at: delivery['receivedAt'],
      kind: 'delivery',
      text: `Lever told of a stage change; ${saidOf(delivery)}.`,
      data: { deliveryId: delivery['id'], outcome: delivery['outcome'] },
      links: { delivery: `/admin/v1/deliveries/${String(delivery['id'])}` },
    }));
}

function saidOf(delivery: JsonObject): string {
  const outcome = String(delivery['outcome']).replaceAll('_', ' ');
  const reason = textAt(delivery, 'reason');
  return reason === undefined ? outcome : `${outcome}: ${reason.replaceAll('_', ' ')}`;
}

function orderView(service: WatchedService, order: JsonObject): JsonObject {
  const id = String(order['id']);
  const link = (label: string, operation: string): StoryLink => ({
    label,
    href: `${service.url}/docs#/Orders/${operation}`,
    id,
  });
  const isRetried = order['status'] === 'received' || order['status'] === 'error';
  return {
    id,
    status: order['status'],
    reason: order['statusReason'],
    fileNumber: objectOf(order['victig'])['fileNumber'] ?? null,
    links: [
      link('Order', 'readOrder'),
      link('Timeline', 'readTimeline'),
      ...(isRetried ? [link('Retry', 'retryOrder')] : []),
    ],
  };
}

const ENTRY_GROUPS: Record<string, string> = {
  delivery: 'delivery',
  delivery_replayed: 'delivery',
  call: 'call',
  tags_set: 'tag',
  note_posted: 'note',
  report_attached: 'note',
};

/** What keeps an order from going on. */
const TROUBLES: ReadonlySet<string> = new Set([
  'trouble',
  'error_shown',
  'waits_for_turn',
  'submit_not_received',
  'report_trouble',
  'attach_failed',
]);

/** Where a link of the admin API leads in Swagger UI. */
const OPERATIONS: [path: RegExp, label: string, operation: string][] = [
  [/^\/admin\/v1\/deliveries\/(.+)$/, 'Delivery', 'Deliveries/readDelivery'],
  [/^\/admin\/v1\/keys\/(.+)$/, 'Key', 'Keys/readKey'],
];

function entryView(service: WatchedService, entry: JsonObject): JsonObject {
  const kind = String(entry['kind']);
  const data = objectOf(entry['data']);
  return {
    key: [entry['at'], kind, data['deliveryId'] ?? data['operation'] ?? '', entry['text']].join('|'),
    at: entry['at'],
    kind,
    group: ENTRY_GROUPS[kind] ?? 'decision',
    text: entry['text'],
    to: entry['to'] ?? null,
    failed: TROUBLES.has(kind) || (kind === 'call' && data['outcome'] !== 'answered'),
    nextTryAt: data['nextTryAt'] ?? null,
    call:
      kind === 'call'
        ? {
            vendor: data['vendor'],
            operation: data['operation'],
            status: data['status'],
            outcome: data['outcome'],
            durationMs: data['durationMs'],
            attempt: data['attempt'],
          }
        : null,
    links: Object.values(objectOf(entry['links'])).flatMap((path) => linkTo(service, String(path))),
  };
}

function linkTo(service: WatchedService, path: string): StoryLink[] {
  return OPERATIONS.flatMap(([form, label, operation]) => {
    const id = form.exec(path)?.[1];
    return id === undefined ? [] : [{ label, href: `${service.url}/docs#/${operation}`, id }];
  });
}

/** What was ignored is told by each order of the candidate. */
function once(entries: readonly JsonObject[]): JsonObject[] {
  return [...new Map(entries.map((entry) => [entry['key'], entry])).values()];
}

async function read(service: WatchedService, path: string): Promise<unknown> {
  const answer = await fetch(`${service.url}/admin/v1${path}`, {
    headers: { authorization: `Bearer ${service.adminKey}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return answer.json();
}
