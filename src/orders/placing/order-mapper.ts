import { Injectable } from '@nestjs/common';
import type { Configuration } from '../../installations/installation.js';
import type { CandidateDetails } from '../../mapping/candidate.js';
import type { Client, OtherClients, Product } from '../../mapping/catalogue.js';
import { chooseClient } from '../../mapping/choose-client.js';
import { isPlacedByPosting, notFoundIn, type LookedIn } from '../../mapping/looked-for-in.js';
import { mapOrder } from '../../mapping/map-order.js';
import type { Mapping } from '../../mapping/mapping.js';
import type { OrderRequest } from '../../mapping/order-request.js';
import { Clock } from '../../platform/clock.js';
import { ApplicantTracking, type Opportunity, type Posting } from '../ports/applicant-tracking.js';
import { ScreeningProvider } from '../ports/screening-provider.js';

/** What an installation orders by, and whether the answer may name clients that it does not order under. */
type Mapped = Pick<Configuration, 'settings' | 'victigClientGuid'> & { others?: OtherClients };

/** When it must have been asked for at the earliest; undefined where a cache of a few minutes is new enough. */
type Since = Date | undefined;

/** What a mapping needs to know besides the opportunity. */
export interface MappingReads {
  posting(id: string, since: Since): Promise<Posting | null>;
  clients(options: { withCities: boolean }, since: Since): Promise<readonly Client[]>;
  products(clientGuid: string, since: Since): Promise<readonly Product[]>;
}

/** Brings a candidate and the provider's catalogue to the mapping; the same for a real order and a preview (M12). */
@Injectable()
export class OrderMapper {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly provider: ScreeningProvider,
    private readonly clock: Clock,
  ) {}

  /** Reads nothing twice and nothing older than now, so that a thousand candidates cost no more lists than one. */
  readsOfNow(installationId: string): MappingReads {
    const now = this.clock.now();
    const reads = this.readsOf(installationId);
    return {
      posting: (id) => reads.posting(id, now),
      clients: (options) => reads.clients(options, now),
      products: (clientGuid) => reads.products(clientGuid, now),
    };
  }

  mapOpportunity(
    installationId: string,
    configuration: Mapped,
    opportunity: Opportunity,
    reads: MappingReads = this.readsOf(installationId),
  ): Promise<Mapping> {
    return this.decide(configuration, reads, async (since) => {
      const { postingId } = opportunity;
      return candidateOf(opportunity, postingId === null ? null : await reads.posting(postingId, since));
    });
  }

  mapCandidate(installationId: string, configuration: Mapped, candidate: CandidateDetails): Promise<Mapping> {
    return this.decide(configuration, this.readsOf(installationId), async () => candidate);
  }

  /** Whether the client has the very product by now: one that was made anew under its name has another guid (M6). */
  async isStillOffered(
    installationId: string,
    { client, product }: Pick<OrderRequest, 'client' | 'product'>,
  ): Promise<boolean> {
    const products = await this.readsOf(installationId).products(client.guid, this.clock.now());
    return products.some(({ guid }) => guid === product.guid);
  }

  private readsOf(installationId: string): MappingReads {
    return {
      posting: (id, since) => this.tracking.readPosting(installationId, id, { since }),
      clients: (options, since) => this.provider.listClients(installationId, { ...options, since }),
      products: (clientGuid, since) => this.provider.listProducts(installationId, clientGuid, { since }),
    };
  }

  /**
   * Only what is exactly what was asked for is decided by what a cache says: neither a refusal nor the default or the main
   * client in place of what VICTIG, or the job in Lever, may have had for a minute, nor a sub-client by where the job was.
   * An order cannot be taken back.
   */
  private async decide(
    configuration: Mapped,
    reads: MappingReads,
    readCandidate: (since: Since) => Promise<CandidateDetails>,
  ): Promise<Mapping> {
    const began = this.clock.now();
    const anew = new Set<LookedIn>();
    const since = (place: LookedIn): Since => (anew.has(place) ? began : undefined);
    for (;;) {
      const candidate = await readCandidate(since('posting'));
      if (!anew.has('posting') && isPlacedByPosting(candidate, configuration.settings)) {
        anew.add('posting');
        continue;
      }
      const mapping = await mapWith(configuration, reads, candidate, since);
      const doubtful = notFoundIn(mapping, candidate, configuration.settings).filter(
        (place) => !anew.has(place),
      );
      if (doubtful.length === 0) return mapping;
      for (const place of doubtful) anew.add(place);
    }
  }
}

async function mapWith(
  { settings, victigClientGuid, others }: Mapped,
  reads: MappingReads,
  candidate: CandidateDetails,
  since: (place: LookedIn) => Since,
): Promise<Mapping> {
  const clients = await reads.clients(
    { withCities: settings.subClientBy === 'clientCity' },
    since('clients'),
  );
  const choice = chooseClient(candidate, settings, clients, victigClientGuid, others);
  const products = choice.client ? await reads.products(choice.client.guid, since('products')) : [];
  return mapOrder(candidate, settings, choice, products);
}

const candidateOf = (opportunity: Opportunity, posting: Posting | null): CandidateDetails => ({
  name: opportunity.name,
  emails: opportunity.emails,
  phones: opportunity.phones,
  tags: opportunity.tags,
  positionTitle: posting?.title ?? null,
  positionDepartment: posting?.department ?? null,
  ...locationOf(opportunity, posting),
});

/** The job's location is the opportunity's own, else the posting's (M4). */
function locationOf(
  opportunity: Opportunity,
  posting: Posting | null,
): Pick<CandidateDetails, 'location' | 'locationFrom'> {
  if (opportunity.location !== null) return { location: opportunity.location, locationFrom: 'opportunity' };
  const location = posting?.location ?? null;
  return location === null ? { location } : { location, locationFrom: 'posting' };
}
