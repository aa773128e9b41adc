import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { Configuration } from '../../installations/installation.js';
import { SharedToken } from '../../installations/shared-token.js';
import type { Mapping } from '../../mapping/mapping.js';
import type { Principal } from '../../platform/access/principal.js';
import { UpstreamError } from '../../platform/errors/upstream-error.js';
import { OrderMapper, type MappingReads } from '../placing/order-mapper.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { workInTime } from './preview-in-time.js';
import { withSettings } from './preview-order.js';
import { PreviewTriggers, type PastTrigger, type Stretch } from './preview-triggers.js';

/** What settings decide of an order, and nothing that is personal; or the codes of why there is none. */
export interface Outcome {
  order: {
    product: { guid: string; name: string };
    client: { guid: string; name: string };
    reference: string | null;
    textingEnabled: boolean;
    notifyApplicant: boolean;
  } | null;
  refusals: string[];
}

export type SkipReason = 'opportunity_not_found' | 'candidate_anonymized' | 'vendor_failed';

export interface Shadow {
  /** How many opportunities were mapped both ways. */
  examined: number;
  skipped: (PastTrigger & { reason: SkipReason })[];
  differs: (PastTrigger & { present: Outcome; proposed: Outcome })[];
  /** The time was up before all that was asked for was looked at. */
  truncated: boolean;
  /** The delivery before which the next stretch begins; null when there is none. */
  nextCursor: string | null;
}

type Finding =
  { kind: 'skipped'; reason: SkipReason } | { kind: 'examined'; present: Outcome; proposed: Outcome };

const SHORTEST_WAIT_MS = 100;

/** Shows what a change of the settings would have ordered differently, without any effect (M12). */
@Injectable()
export class PreviewChange {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly sharedToken: SharedToken,
    private readonly tracking: ApplicantTracking,
    private readonly mapper: OrderMapper,
    private readonly triggers: PreviewTriggers,
  ) {}

  /**
   * @param settings the change, written as for saving it
   * @param signal when the time is up
   * @throws DomainError `installation_not_found`, `invalid_settings`, `shared_token`; UpstreamError when nothing at all
   *   could be read
   */
  async run(
    principal: Principal,
    installationId: string,
    settings: Record<string, unknown>,
    stretch: Stretch,
    signal: AbortSignal,
  ): Promise<Shadow> {
    const { configuration: present } = await this.installations.readFor(principal, installationId);
    const others = await this.sharedToken.othersFor(principal, installationId);
    const proposed = withSettings(present, settings, others);
    const found = await this.triggers.latest(installationId, stretch);
    const wanted = found.slice(0, stretch.limit);
    const opportunities = latestOfEach(wanted);
    const reads = this.mapper.readsOfNow(installationId);
    const results = await workInTime(
      opportunities,
      (trigger, signal) =>
        patiently(signal, () => this.examine(installationId, trigger, { present, proposed }, reads)),
      signal,
    );
    const hasOlder = found.length > wanted.length;
    return summarise({ wanted, opportunities, hasOlder, cursor: stretch.before ?? null }, results);
  }

  private async examine(
    installationId: string,
    { opportunityId }: PastTrigger,
    { present, proposed }: Record<'present' | 'proposed', Configuration>,
    reads: MappingReads,
  ): Promise<Finding> {
    const opportunity = await this.tracking.readOpportunity(installationId, opportunityId);
    if (!opportunity) return { kind: 'skipped', reason: 'opportunity_not_found' };
    if (opportunity.anonymized) return { kind: 'skipped', reason: 'candidate_anonymized' };
    const map = (configuration: Configuration): Promise<Mapping> =>
      this.mapper.mapOpportunity(installationId, configuration, opportunity, reads);
    return {
      kind: 'examined',
      present: outcomeOf(await map(present)),
      proposed: outcomeOf(await map(proposed)),
    };
  }
}

/** Of several deliveries of one opportunity the latest counts: Lever is read as it is now. */
const latestOfEach = (triggers: readonly PastTrigger[]): PastTrigger[] =>
  [...new Map(triggers.toReversed().map((trigger) => [trigger.opportunityId, trigger])).values()].toSorted(
    (a, b) => (a.deliveryId < b.deliveryId ? 1 : -1),
  );

/** What is held back by a limit is tried again once the limit allows it, as long as there is time. */
async function patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.failure !== 'rate_limited') throw error;
      const waitMs = Math.max(SHORTEST_WAIT_MS, error.details.retryAfterMs ?? 0);
      await setTimeout(waitMs, undefined, { signal });
    }
  }
}

/** @throws whatever failed, when it is no failure of a vendor */
function findingOf(result: PromiseSettledResult<Finding>): Finding {
  if (result.status === 'fulfilled') return result.value;
  if (result.reason instanceof UpstreamError) return { kind: 'skipped', reason: 'vendor_failed' };
  throw result.reason;
}

function outcomeOf({ order, refusals }: Mapping): Outcome {
  return {
    order: order && {
      product: order.product,
      client: order.client,
      reference: order.reference,
      textingEnabled: order.applicant.textingEnabled,
      notifyApplicant: order.notifyApplicant,
    },
    refusals: refusals.map(({ code }) => code).toSorted(),
  };
}

interface Asked {
  wanted: readonly PastTrigger[];
  opportunities: readonly PastTrigger[];
  hasOlder: boolean;
  cursor: string | null;
}

/** @throws the first failure when there are nothing but failures */
function summarise(asked: Asked, results: readonly PromiseSettledResult<Finding>[]): Shadow {
  const [first] = results;
  if (first?.status === 'rejected' && results.every(({ status }) => status === 'rejected')) {
    throw first.reason;
  }
  const shadow: Shadow = { examined: 0, skipped: [], differs: [], ...whereToGoOn(asked, results.length) };
  asked.opportunities.slice(0, results.length).forEach((trigger, index) => {
    const result = results[index];
    if (result) take(shadow, trigger, findingOf(result));
  });
  return shadow;
}

function take(shadow: Shadow, trigger: PastTrigger, finding: Finding): void {
  if (finding.kind === 'skipped') {
    shadow.skipped.push({ ...trigger, reason: finding.reason });
    return;
  }
  const { present, proposed } = finding;
  shadow.examined += 1;
  if (!isDeepStrictEqual(present, proposed)) shadow.differs.push({ ...trigger, present, proposed });
}

function whereToGoOn(
  { wanted, opportunities, hasOlder, cursor }: Asked,
  reached: number,
): Pick<Shadow, 'truncated' | 'nextCursor'> {
  if (reached < opportunities.length) {
    return { truncated: true, nextCursor: opportunities[reached - 1]?.deliveryId ?? cursor };
  }
  return { truncated: false, nextCursor: hasOlder ? (wanted.at(-1)?.deliveryId ?? null) : null };
}
