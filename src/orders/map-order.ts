import { Injectable } from '@nestjs/common';
import type { Configuration, Installation } from '../installations/installation.js';
import type { CandidateDetails } from '../mapping/candidate.js';
import { chooseClient } from '../mapping/choose-client.js';
import { mapOrder } from '../mapping/map-order.js';
import type { Mapping, Refusal } from '../mapping/mapping.js';
import { refusal } from '../mapping/refusals.js';
import { JobQueue } from '../platform/jobs/job-queue.js';
import type { IgnoreReason } from './domain/decide-trigger.js';
import type { Order } from './domain/order.js';
import { reportProgress } from './jobs.js';
import { OrderBook } from './order-book.js';
import { OUT_OF_TROUBLE } from './order-trouble.js';
import { OrderVault } from './order-vault.js';
import { ApplicantTracking, type Opportunity, type Posting } from './ports/applicant-tracking.js';
import { ScreeningProvider } from './ports/screening-provider.js';

/** Reads what a received order is about and maps it: to a request that is ready to be submitted, or to a refusal. */
@Injectable()
export class MapOrder {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly provider: ScreeningProvider,
    private readonly book: OrderBook,
    private readonly vault: OrderVault,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * @param known the opportunity as it was read a moment ago, if it was
   * @returns the order, now `submitting`; null when it ended here
   */
  async run(
    actor: string,
    installation: Installation,
    order: Order,
    known: Opportunity | null,
  ): Promise<Order | null> {
    const opportunity = known ?? (await this.tracking.readOpportunity(installation.id, order.opportunityId));
    const withdrawn = whyWithdrawn(opportunity, installation.configuration);
    if (withdrawn || !opportunity) {
      await this.withdraw(actor, order, withdrawn ?? 'opportunity_not_found');
      return null;
    }
    if (opportunity.anonymized) {
      await this.reject(actor, installation, order, [refusal('candidate_anonymized')]);
      return null;
    }
    const posting =
      opportunity.postingId === null
        ? null
        : await this.tracking.readPosting(installation.id, opportunity.postingId);
    const mapping = await this.map(installation, candidateOf(opportunity, posting));
    if (!mapping.order) {
      await this.reject(actor, installation, order, mapping.refusals);
      return null;
    }
    return this.accept(actor, installation, order, mapping);
  }

  /** The same for a real order and for a preview (M12). */
  async map(installation: Installation, candidate: CandidateDetails): Promise<Mapping> {
    const { settings, victigClientGuid } = installation.configuration;
    const clients = await this.provider.listClients(installation.id);
    const choice = chooseClient(candidate, settings, clients, victigClientGuid);
    if (!choice.client) return mapOrder(candidate, settings, choice, []);
    const { guid } = choice.client;
    const mapping = mapOrder(
      candidate,
      settings,
      choice,
      await this.provider.listProducts(installation.id, guid),
    );
    if (mapping.order) return mapping;
    // A refusal is not given on the word of a cache: the product may be new.
    return mapOrder(
      candidate,
      settings,
      choice,
      await this.provider.listProducts(installation.id, guid, { fresh: true }),
    );
  }

  private async accept(
    actor: string,
    installation: Installation,
    order: Order,
    mapping: Mapping,
  ): Promise<Order | null> {
    const request = mapping.order;
    if (!request) return null;
    return this.book.step(actor, order, {
      event: {
        kind: 'mapped',
        data: {
          product: request.product.name,
          client: request.client.name,
          reference: request.reference,
          warnings: mapping.warnings.map(({ code }) => code),
        },
      },
      moveTo: 'submitting',
      patch: {
        ...OUT_OF_TROUBLE,
        settingsVersion: installation.settingsVersion,
        productGuid: request.product.guid,
        productName: request.product.name,
        clientGuid: request.client.guid,
        clientName: request.client.name,
        reference: request.reference,
      },
      also: async (tx) => ({
        contentSealed: await this.vault.sealContent(tx, order, { request, refusals: [] }),
      }),
    });
  }

  private async reject(
    actor: string,
    installation: Installation,
    order: Order,
    refusals: readonly Refusal[],
  ): Promise<void> {
    const { installationId, id: orderId } = order;
    await this.book.step(actor, order, {
      event: { kind: 'refused', data: { codes: refusals.map(({ code }) => code) } },
      moveTo: 'rejected',
      reason: refusals[0]?.code ?? null,
      patch: { ...OUT_OF_TROUBLE, settingsVersion: installation.settingsVersion },
      also: async (tx) => {
        await this.jobs.send(tx, reportProgress, { installationId, orderId });
        return { contentSealed: await this.vault.sealContent(tx, order, { request: null, refusals }) };
      },
    });
  }

  /** Leaving the stage before anything was ordered cancels silently (T8). */
  private async withdraw(actor: string, order: Order, reason: IgnoreReason): Promise<void> {
    const { installationId, id: orderId } = order;
    await this.book.step(actor, order, {
      event: { kind: 'withdrawn', data: { reason } },
      moveTo: 'canceled',
      reason,
      patch: OUT_OF_TROUBLE,
      also: (tx) => this.jobs.send(tx, reportProgress, { installationId, orderId }),
    });
  }
}

function whyWithdrawn(
  opportunity: Opportunity | null,
  { triggerStageIds }: Configuration,
): IgnoreReason | null {
  if (!opportunity) return 'opportunity_not_found';
  if (opportunity.archived) return 'archived';
  const inStage = opportunity.stageId !== null && triggerStageIds.includes(opportunity.stageId);
  return inStage ? null : 'not_in_trigger_stage';
}

/** The job's location is the opportunity's own, else the posting's (M4). */
function candidateOf(opportunity: Opportunity, posting: Posting | null): CandidateDetails {
  return {
    name: opportunity.name,
    emails: opportunity.emails,
    phones: opportunity.phones,
    tags: opportunity.tags,
    positionTitle: posting?.title ?? null,
    positionDepartment: posting?.department ?? null,
    location: opportunity.location ?? posting?.location ?? null,
  };
}
