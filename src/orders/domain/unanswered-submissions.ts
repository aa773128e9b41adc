import type { OrderEvent } from './order-event.js';
import type { Order } from './order.js';

/** What was sent to the provider to have an order placed. */
export type Submission = Mapped & Record<'applicantGuid' | 'clientGuid' | 'productGuid', string>;

/** How an order was mapped to what was sent; by which version, and with which warnings, events from before do not tell. */
type Mapped = Pick<Order, 'clientName' | 'productName' | 'reference'> &
  Partial<Pick<Order, 'settingsVersion' | 'mappingWarnings'>>;

type Submitted = Pick<
  Order,
  | 'submitStartedAt'
  | 'applicantGuid'
  | 'clientGuid'
  | 'clientName'
  | 'productGuid'
  | 'productName'
  | 'reference'
>;

type MappedData = Extract<OrderEvent, { kind: 'mapped' }>['data'];

/** A submission that was looked for in vain, until it was taken for lost. */
const LOOKED_FOR_IN_VAIN = 'not_found';

/**
 * The submissions of an order of which no answer ever came, the latest first. Each may have been taken, also one that was
 * looked for in vain: the provider may have been at it for longer (V4).
 * @param events of the order, in their sequence
 */
export function unansweredSubmissions(order: Submitted, events: readonly OrderEvent[]): Submission[] {
  const unanswered: Submission[] = [];
  let mapped: Mapped = {
    clientName: order.clientName,
    productName: order.productName,
    reference: order.reference,
  };
  let latest: Submission | null = null;
  for (const { kind, data } of events) {
    if (kind === 'mapped') {
      mapped = mappedBy(data);
    } else if (kind === 'submit_started') {
      // Events from before more than one was remembered name the applicant only.
      const { applicantGuid, clientGuid = order.clientGuid, productGuid = order.productGuid } = data;
      latest = clientGuid && productGuid ? { ...mapped, applicantGuid, clientGuid, productGuid } : null;
    } else if (kind === 'submit_not_received') {
      if (latest && data.failure === LOOKED_FOR_IN_VAIN) unanswered.unshift(latest);
      latest = null;
    }
  }
  const current = order.submitStartedAt === null ? null : (latest ?? submissionOf(order));
  return current ? [current, ...unanswered] : unanswered;
}

function mappedBy({ client, product, reference, warnings, settingsVersion }: MappedData): Mapped {
  return {
    clientName: client,
    productName: product,
    reference,
    ...(settingsVersion !== undefined && { settingsVersion, mappingWarnings: [...new Set(warnings)] }),
  };
}

function submissionOf(order: Submitted): Submission | null {
  const { applicantGuid, clientGuid, clientName, productGuid, productName, reference } = order;
  if (applicantGuid === null || clientGuid === null || productGuid === null) return null;
  return { applicantGuid, clientGuid, clientName, productGuid, productName, reference };
}
