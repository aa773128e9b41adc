import { Injectable } from '@nestjs/common';
import { changedConfiguration } from '../../installations/configuration-input.js';
import { InstallationDirectory } from '../../installations/installation-directory.js';
import type { Configuration } from '../../installations/installation.js';
import { demandSameChoice, SharedToken } from '../../installations/shared-token.js';
import type { CandidateDetails } from '../../mapping/candidate.js';
import type { OtherClients } from '../../mapping/catalogue.js';
import type { Mapping, MappingWarning } from '../../mapping/mapping.js';
import { refusal, type WithdrawalReason } from '../../mapping/refusals.js';
import type { Principal } from '../../platform/access/principal.js';
import { whyWithdrawn } from '../domain/withdrawal.js';
import { OrderMapper } from '../placing/order-mapper.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';

/** A mapping, or why there is nothing to map. */
export type Preview = Omit<Mapping, 'refusals'> & { refusals: { code: string; message: string }[] };

const NOT_NOW: Record<'archived' | 'not_in_trigger_stage', string> = {
  archived: 'The opportunity is archived: nothing is ordered for it as long as it is.',
  not_in_trigger_stage: 'The opportunity is not in a trigger stage: it is ordered once it is moved there.',
};

/** Shows what would be ordered and why, without any effect (M12). */
@Injectable()
export class PreviewOrder {
  constructor(
    private readonly installations: InstallationDirectory,
    private readonly sharedToken: SharedToken,
    private readonly tracking: ApplicantTracking,
    private readonly mapper: OrderMapper,
  ) {}

  /**
   * @param subject the id of an opportunity, or a candidate written by hand
   * @param settings a change of the settings that is previewed with; none: the present settings
   * @throws DomainError `installation_not_found`; `invalid_settings` and `shared_token`, as saving the change would
   */
  async run(
    principal: Principal,
    installationId: string,
    subject: { opportunityId: string } | { candidate: CandidateDetails },
    settings?: Record<string, unknown>,
  ): Promise<Preview> {
    const installation = await this.installations.readFor(principal, installationId);
    const others = await this.sharedToken.othersFor(principal, installationId);
    const configuration = { ...withSettings(installation.configuration, settings, others), others };
    return 'candidate' in subject
      ? this.mapper.mapCandidate(installationId, configuration, subject.candidate)
      : this.ofOpportunity(installationId, configuration, subject.opportunityId);
  }

  private async ofOpportunity(
    installationId: string,
    configuration: Configuration & { others: OtherClients },
    opportunityId: string,
  ): Promise<Preview> {
    const opportunity = await this.tracking.readOpportunity(installationId, opportunityId);
    if (!opportunity) {
      const message = 'Lever has no such opportunity, or the credentials may not see it.';
      return {
        order: null,
        values: [],
        warnings: [],
        refusals: [{ code: 'opportunity_not_found', message }],
      };
    }
    if (opportunity.anonymized) {
      return { order: null, values: [], warnings: [], refusals: [refusal('candidate_anonymized')] };
    }
    const mapping = await this.mapper.mapOpportunity(installationId, configuration, opportunity);
    return {
      ...mapping,
      warnings: [
        ...warningsFor(whyWithdrawn(opportunity, configuration.triggerStageIds)),
        ...mapping.warnings,
      ],
    };
  }
}

/**
 * The settings as they would be after a change that is not made.
 * @throws DomainError `invalid_settings`, `shared_token`
 */
export function withSettings(
  configuration: Configuration,
  settings: Record<string, unknown> | undefined,
  others: OtherClients,
): Configuration {
  if (settings === undefined) return configuration;
  const changed = changedConfiguration(configuration, { settings });
  if (others === 'unnamed') demandSameChoice(configuration, changed);
  return changed;
}

function warningsFor(reason: WithdrawalReason | null): MappingWarning[] {
  return reason === 'archived' || reason === 'not_in_trigger_stage'
    ? [{ code: reason, message: NOT_NOW[reason] }]
    : [];
}
