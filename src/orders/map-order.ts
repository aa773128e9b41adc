import { Injectable } from '@nestjs/common';
import type { Installation } from '../installations/installation.js';
import type { MappedValue, Mapping, Refusal } from '../mapping/mapping.js';
import type { OrderRequest } from '../mapping/order-request.js';
import { refusal, type WithdrawalReason } from '../mapping/refusals.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import type { MappingSource } from './domain/order-event.js';
import { standingOf, type Order } from './domain/order.js';
import { whyOrderWithdrawn } from './domain/withdrawal.js';
import { reportJobOf, reportProgress } from './jobs.js';
import { OrderBook } from './order-book.js';
import { OrderMapper } from './order-mapper.js';
import { OUT_OF_TROUBLE } from './order-trouble.js';
import { OrderVault } from './order-vault.js';
import { ApplicantTracking, type Opportunity } from './ports/applicant-tracking.js';

/** An order that stands at `submitting`, and what is to be submitted. Holds personal data. */
export interface MappedOrder {
  order: Order;
  request: OrderRequest;
}

/** Reads what a received order is about and maps it: to a request that is ready to be submitted, or to a refusal. */
@Injectable()
export class MapOrder {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly mapper: OrderMapper,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * @param known the opportunity as it was read a moment ago, if it was
   * @returns the order, now `submitting`, and what to submit; null when it ended here
   */
  async run(
    actor: string,
    installation: Installation,
    order: Order,
    known: Opportunity | null,
  ): Promise<MappedOrder | null> {
    const opportunity = known ?? (await this.tracking.readOpportunity(installation.id, order.opportunityId));
    const withdrawn = whyOrderWithdrawn(order, opportunity, installation.configuration.triggerStageIds);
    if (withdrawn || !opportunity) {
      await this.withdraw(actor, order, withdrawn ?? 'opportunity_not_found');
      return null;
    }
    if (opportunity.anonymized) {
      await this.reject(actor, installation, order, [refusal('candidate_anonymized')]);
      return null;
    }
    const mapping = await this.mapper.map(
      installation.id,
      installation.configuration,
      await this.mapper.candidateOf(installation.id, opportunity),
    );
    if (!mapping.order) {
      await this.reject(actor, installation, order, mapping.refusals);
      return null;
    }
    return this.accept(actor, installation, order, mapping, mapping.order);
  }

  private async accept(
    actor: string,
    installation: Installation,
    order: Order,
    mapping: Mapping,
    request: OrderRequest,
  ): Promise<MappedOrder> {
    const contentSealed = await this.vault.sealContent(order, { request, refusals: [] });
    const mapped = await this.book.step(actor, order, {
      event: {
        kind: 'mapped',
        data: {
          product: request.product.name,
          client: request.client.name,
          reference: request.reference,
          warnings: mapping.warnings.map(({ code }) => code),
          sources: mapping.values.map(sourceOf),
        },
      },
      // An error while submitting is over when it was submitted, and not before.
      moveTo: standingOf(order) === 'submitting' ? order.status : 'submitting',
      patch: {
        ...(standingOf(order) === 'submitting' ? {} : OUT_OF_TROUBLE),
        // An applicant belongs to a client and has a name: what was mapped anew needs its own.
        applicantGuid: null,
        settingsVersion: installation.settingsVersion,
        productGuid: request.product.guid,
        productName: request.product.name,
        clientGuid: request.client.guid,
        clientName: request.client.name,
        reference: request.reference,
        mappingWarnings: [...new Set(mapping.warnings.map(({ code }) => code))],
        contentSealed,
      },
      // Before anything is submitted there is a commit that is waited for.
      also: async (tx) => tx.mayBeForgotten(),
    });
    return { order: mapped, request };
  }

  private async reject(
    actor: string,
    installation: Installation,
    order: Order,
    refusals: readonly Refusal[],
  ): Promise<void> {
    const contentSealed = await this.vault.sealContent(order, { request: null, refusals });
    await this.book.step(actor, order, {
      event: { kind: 'refused', data: { codes: refusals.map(({ code }) => code) } },
      moveTo: 'rejected',
      reason: refusals[0]?.code ?? null,
      patch: { ...OUT_OF_TROUBLE, settingsVersion: installation.settingsVersion, contentSealed },
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    });
  }

  /** Leaving the stage before anything was ordered cancels silently (T8). */
  private async withdraw(actor: string, order: Order, reason: WithdrawalReason): Promise<void> {
    await this.book.step(actor, order, {
      event: { kind: 'withdrawn', data: { reason } },
      moveTo: 'canceled',
      reason,
      patch: OUT_OF_TROUBLE,
      also: (tx) => this.jobs.send(tx, reportProgress, reportJobOf(order)),
    });
  }
}

/** Whose reasons quote settings, tags of ours and names of the catalogue, and nothing of the candidate. */
const IMPERSONAL: ReadonlySet<string> = new Set(['product', 'client']);

const sourceOf = ({ field, source, reason }: MappedValue): MappingSource =>
  IMPERSONAL.has(field) ? { field, source, reason } : { field, source };
