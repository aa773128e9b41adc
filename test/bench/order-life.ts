import { randomUUID } from 'node:crypto';
import type { OrderBook, Step } from '../../src/orders/order-book.js';
import type { OrderResults, OrderVault } from '../../src/orders/order-vault.js';
import type { Order } from '../../src/orders/domain/order.js';

const ACTOR = 'job:bench';
const SUMMARY = { report: { searches: [] }, revisions: [{ flagged: true, decision: 'Eligible' }] };

/** What an order writes from its opening to its end, each with what the service audits of it; together what goes together. */
async function stepsOf(vault: OrderVault, order: Order): Promise<Step[][]> {
  const guid = randomUUID();
  const tags = { added: ['a', 'b'], removed: [], notAdded: [], notRemoved: [] };
  const tagged: Step = {
    event: { kind: 'tags_set', data: tags },
    audit: { action: 'lever.tags_set', data: { added: 2, removed: 0 } },
  };
  const contentSealed = await vault.sealContent(order, { request: null, refusals: [] });
  const resultsSealed = await vault.sealResults(order, SUMMARY as unknown as OrderResults);
  const placing: Step[][] = [
    [
      {
        event: { kind: 'mapped', data: { product: 'P', client: 'C', reference: null, warnings: [] } },
        moveTo: 'submitting',
        patch: { contentSealed },
      },
    ],
    [
      {
        event: { kind: 'applicant_created', data: { applicantGuid: guid } },
        audit: { action: 'victig.applicant_created', data: { applicantGuid: guid } },
      },
      { event: { kind: 'submit_started', data: { applicantGuid: guid } } },
    ],
  ];
  const afterwards: Step[] = [
    {
      event: { kind: 'placed', data: { orderGuid: guid, fileNumber: '1', foundAgain: false } },
      moveTo: 'pending',
      audit: { action: 'victig.order_placed', data: { orderGuid: guid, fileNumber: '1', found: false } },
    },
    tagged,
    { event: { kind: 'observed', data: { rawStatus: 'pending', unknown: false } }, moveTo: 'in_progress' },
    tagged,
    {
      event: {
        kind: 'results_taken',
        data: { rawStatus: 'complete', revision: 1, flagged: true, decision: 'Eligible' },
      },
      moveTo: 'complete',
      patch: { resultsSealed },
      audit: { action: 'order.results_taken', data: { revision: 1 } },
    },
    {
      event: { kind: 'note_posted', data: { reference: 'BGC-R1', secret: true, foundAgain: false } },
      audit: { action: 'lever.note_posted', data: { reference: 'BGC-R1', noteId: guid, found: false } },
    },
    tagged,
  ];
  return [...placing, ...afterwards.map((step) => [step])];
}

/** Writes the whole life of one order. */
export async function liveThrough(
  book: OrderBook,
  vault: OrderVault,
  open: (order: { installationId: string; opportunityId: string }) => Promise<Order>,
  installationId: string,
): Promise<void> {
  let order = await open({ installationId, opportunityId: randomUUID() });
  for (const steps of await stepsOf(vault, order)) order = await book.step(ACTOR, order, ...steps);
}
