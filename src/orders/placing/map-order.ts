import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import type { Installation } from '../../installations/installation.js';
import type { MappedValue, Mapping, Refusal } from '../../mapping/mapping.js';
import type { OrderRequest } from '../../mapping/order-request.js';
import { refusal, type WithdrawalReason } from '../../mapping/refusals.js';
import type { Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { MappingSource } from '../domain/order-event.js';
import { standingOf, type Order } from '../domain/order.js';
import { whyOrderWithdrawn } from '../domain/withdrawal.js';
import { reportJobOf, reportProgress } from '../jobs.js';
import { OrderBook, type Step } from '../order-book.js';
import { OrderMapper } from './order-mapper.js';
import { OUT_OF_TROUBLE } from '../order-trouble.js';
import { OrderVault, type DataKey } from '../order-vault.js';
import type { Opportunity } from '../ports/applicant-tracking.js';

/** An order that stands at `submitting`, and what is to be submitted. Holds personal data. */
export interface MappedOrder {
  order: Order;
  request: OrderRequest;
}

/** What comes of an order that is not submitted yet. Holds personal data. */
export interface MappingOutcome {
  /** To be taken by the order. */
  step: Step;
  /** What is then to be submitted; null when the order ends with the step. */
  request: OrderRequest | null;
}

/** Maps a received order by what it is about: to a request that is ready to be submitted, or to a refusal. */
@Injectable()
export class MapOrder {
  constructor(
    private readonly mapper: OrderMapper,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly jobs: JobQueue,
  ) {}

  /** @returns the order, now `submitting`, and what to submit; null when it ended here */
  async run(
    actor: string,
    installation: Installation,
    order: Order,
    opportunity: Opportunity | null,
  ): Promise<MappedOrder | null> {
    const { step, request } = await this.outcome(installation, order, opportunity);
    const next = await this.book.step(actor, order, step);
    return request && { order: next, request };
  }

  /** @param key the order's, while neither is kept */
  async outcome(
    installation: Installation,
    order: Order,
    opportunity: Opportunity | null,
    key?: DataKey,
  ): Promise<MappingOutcome> {
    const withdrawn = whyOrderWithdrawn(order, opportunity, installation.configuration.triggerStageIds);
    if (withdrawn || !opportunity) {
      return { step: this.withdrawal(order, withdrawn ?? 'opportunity_not_found'), request: null };
    }
    const { configuration } = installation;
    const mapping = opportunity.anonymized
      ? REFUSED_AS_ANONYMIZED
      : await this.mapper.mapOpportunity(installation.id, configuration, opportunity);
    const { order: request, refusals } = mapping;
    if (!request) {
      const sealed = await this.vault.sealContent(order, { request, refusals }, key);
      return { step: this.rejection(installation, order, refusals, sealed), request };
    }
    const sealed = await this.vault.sealContent(order, { request, refusals: [] }, key);
    const applicantGuid = await this.applicantFor(order, request);
    const step = acceptance(installation, order, mapping, request, applicantGuid, sealed);
    const also = async (tx: Transaction): Promise<void> => {
      // Before anything is submitted there is a commit that is waited for.
      tx.mayBeForgotten();
      if (showsErrorOfOther(order, installation))
        await this.jobs.send(tx, reportProgress, reportJobOf(order));
    };
    return { step: { ...step, also }, request };
  }

  /** The applicant that was made for the order, where neither client nor person changed since; null: one is to be made. */
  private async applicantFor(order: Order, request: OrderRequest): Promise<string | null> {
    if (order.applicantGuid === null || order.clientGuid !== request.client.guid) return null;
    const earlier = await this.vault.content(order);
    return isDeepStrictEqual(earlier?.request?.applicant, request.applicant) ? order.applicantGuid : null;
  }

  private rejection(
    { settingsVersion }: Installation,
    order: Order,
    refusals: readonly Refusal[],
    contentSealed: Buffer,
  ): Step {
    return {
      event: { kind: 'refused', data: { codes: refusals.map(({ code }) => code) } },
      moveTo: 'rejected',
      reason: refusals[0]?.code ?? null,
      patch: { ...OUT_OF_TROUBLE, settingsVersion, contentSealed },
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    };
  }

  /** Leaving the stage before anything was ordered cancels silently (T8). */
  private withdrawal(order: Order, reason: WithdrawalReason): Step {
    return {
      event: { kind: 'withdrawn', data: { reason } },
      moveTo: 'canceled',
      reason,
      patch: OUT_OF_TROUBLE,
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    };
  }
}

const REFUSED_AS_ANONYMIZED: Mapping = {
  order: null,
  values: [],
  warnings: [],
  refusals: [refusal('candidate_anonymized')],
};

function acceptance(
  { settingsVersion }: Installation,
  order: Order,
  { warnings, values }: Mapping,
  request: OrderRequest,
  applicantGuid: string | null,
  contentSealed: Buffer,
): Step {
  const { product, client, reference } = request;
  const isSubmitting = standingOf(order) === 'submitting';
  return {
    event: {
      kind: 'mapped',
      data: {
        product: product.name,
        client: client.name,
        reference,
        warnings: warnings.map(({ code }) => code),
        sources: values.map(sourceOf),
        settingsVersion,
      },
    },
    // An error while submitting is over when it was submitted, and not before.
    moveTo: isSubmitting ? order.status : 'submitting',
    patch: {
      ...(isSubmitting ? {} : OUT_OF_TROUBLE),
      applicantGuid,
      settingsVersion,
      productGuid: product.guid,
      productName: product.name,
      clientGuid: client.guid,
      clientName: client.name,
      reference,
      mappingWarnings: [...new Set(warnings.map(({ code }) => code))],
      contentSealed,
    },
  };
}

/**
 * Whether it goes on showing an `Error` as other settings had it. Where its candidate leaves, it is by the settings of the order
 * that the tag is known, and taken away.
 */
const showsErrorOfOther = (order: Order, { settingsVersion }: Installation): boolean =>
  order.status === 'error' && standingOf(order) === 'submitting' && order.settingsVersion !== settingsVersion;

/** Whose reasons quote settings, tags of ours and names of the catalogue, and nothing of the candidate. */
const IMPERSONAL: ReadonlySet<string> = new Set(['product', 'client']);

const sourceOf = ({ field, source, reason }: MappedValue): MappingSource =>
  IMPERSONAL.has(field) ? { field, source, reason } : { field, source };
