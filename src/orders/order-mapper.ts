import { Injectable } from '@nestjs/common';
import type { Configuration } from '../installations/installation.js';
import type { CandidateDetails } from '../mapping/candidate.js';
import type { Client, OtherClients, Product } from '../mapping/catalogue.js';
import { chooseClient } from '../mapping/choose-client.js';
import { mapOrder } from '../mapping/map-order.js';
import type { Mapping } from '../mapping/mapping.js';
import { ApplicantTracking, type Opportunity, type Posting } from './ports/applicant-tracking.js';
import { ScreeningProvider } from './ports/screening-provider.js';

/** What an installation orders by, and whether the answer may name clients that it does not order under. */
type Mapped = Pick<Configuration, 'settings' | 'victigClientGuid'> & { others?: OtherClients };

/** What the provider lists for an installation, as a mapping asks for it. */
export interface CatalogueSource {
  clients(options: { withCities: boolean }): Promise<readonly Client[]>;
  products(clientGuid: string, options?: { fresh: boolean }): Promise<readonly Product[]>;
}

/** Brings a candidate and the provider's catalogue to the mapping; the same for a real order and a preview (M12). */
@Injectable()
export class OrderMapper {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly provider: ScreeningProvider,
  ) {}

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
      ...locationOf(opportunity, posting),
    };
  }

  /** What is listed now: by a cache of a few minutes, unless it must be fresh. */
  listed(installationId: string): CatalogueSource {
    return {
      clients: (options) => this.provider.listClients(installationId, options),
      products: (clientGuid, options) => this.provider.listProducts(installationId, clientGuid, options),
    };
  }

  /** Reads each list once, afresh, so that mapping a thousand candidates costs no more calls than mapping one. */
  listedOnce(installationId: string): CatalogueSource {
    const products = new Map<string, Promise<readonly Product[]>>();
    const read = async (clientGuid: string): Promise<readonly Product[]> => {
      try {
        return await this.provider.listProducts(installationId, clientGuid, { fresh: true });
      } catch (error) {
        // What failed was not read: the next one asks again.
        products.delete(clientGuid);
        throw error;
      }
    };
    return {
      clients: (options) => this.provider.listClients(installationId, options),
      products: (clientGuid) => {
        const list = products.get(clientGuid) ?? read(clientGuid);
        products.set(clientGuid, list);
        return list;
      },
    };
  }

  async map(
    installationId: string,
    { settings, victigClientGuid, others }: Mapped,
    candidate: CandidateDetails,
    catalogue: CatalogueSource = this.listed(installationId),
  ): Promise<Mapping> {
    const withCities = settings.subClientBy === 'clientCity';
    const clients = await catalogue.clients({ withCities });
    const choice = chooseClient(candidate, settings, clients, victigClientGuid, others);
    if (!choice.client) return mapOrder(candidate, settings, choice, []);
    const { guid } = choice.client;
    const known = await catalogue.products(guid);
    const mapping = mapOrder(candidate, settings, choice, known);
    if (mapping.order) return mapping;
    // A refusal is not given on the word of a cache: the product may be new.
    const fresh = await catalogue.products(guid, { fresh: true });
    return mapOrder(candidate, settings, choice, fresh);
  }
}

/** The job's location is the opportunity's own, else the posting's (M4). */
function locationOf(
  opportunity: Opportunity,
  posting: Posting | null,
): Pick<CandidateDetails, 'location' | 'locationFrom'> {
  if (opportunity.location !== null) return { location: opportunity.location, locationFrom: 'opportunity' };
  const location = posting?.location ?? null;
  return location === null ? { location } : { location, locationFrom: 'posting' };
}
