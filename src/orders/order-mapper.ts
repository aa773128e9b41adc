import { Injectable } from '@nestjs/common';
import type { Configuration } from '../installations/installation.js';
import type { CandidateDetails } from '../mapping/candidate.js';
import { chooseClient } from '../mapping/choose-client.js';
import { mapOrder } from '../mapping/map-order.js';
import type { Mapping } from '../mapping/mapping.js';
import { ApplicantTracking, type Opportunity } from './ports/applicant-tracking.js';
import { ScreeningProvider } from './ports/screening-provider.js';

/** Brings a candidate and the provider's catalogue to the mapping; the same for a real order and a preview (M12). */
@Injectable()
export class OrderMapper {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly provider: ScreeningProvider,
  ) {}

  /** The job's location is the opportunity's own, else the posting's (M4). */
  async candidateOf(installationId: string, opportunity: Opportunity): Promise<CandidateDetails> {
    const { postingId } = opportunity;
    const posting = postingId === null ? null : await this.tracking.readPosting(installationId, postingId);
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

  async map(
    installationId: string,
    { settings, victigClientGuid }: Pick<Configuration, 'settings' | 'victigClientGuid'>,
    candidate: CandidateDetails,
  ): Promise<Mapping> {
    const clients = await this.provider.listClients(installationId);
    const choice = chooseClient(candidate, settings, clients, victigClientGuid);
    if (!choice.client) return mapOrder(candidate, settings, choice, []);
    const { guid } = choice.client;
    const known = await this.provider.listProducts(installationId, guid);
    const mapping = mapOrder(candidate, settings, choice, known);
    if (mapping.order) return mapping;
    // A refusal is not given on the word of a cache: the product may be new.
    const fresh = await this.provider.listProducts(installationId, guid, { fresh: true });
    return mapOrder(candidate, settings, choice, fresh);
  }
}
