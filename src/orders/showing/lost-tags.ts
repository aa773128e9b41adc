import { Injectable } from '@nestjs/common';
import type { Transaction } from '../../platform/database/transactions.js';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import type { Order } from '../domain/order.js';
import { lostTags, tagsInDoubt } from '../domain/shown-tags.js';
import { reportJobOf, reportProgress } from '../jobs.js';
import { OpportunityTags } from '../opportunity-tags.js';
import { ApplicantTracking, type Whereabouts } from '../ports/applicant-tracking.js';

/** Tags that somebody took away in the applicant tracking system, which tells nobody: looked for when a person asks. */
@Injectable()
export class LostTags {
  constructor(
    private readonly tracking: ApplicantTracking,
    private readonly tags: OpportunityTags,
    private readonly jobs: JobQueue,
  ) {}

  lookNow(tx: Transaction, order: Order): Promise<void> {
    return this.jobs.hurry(tx, reportProgress, { ...reportJobOf(order), lostTags: true });
  }

  /**
   * Where a tag of the order is not there, none counts as shown any more. Answers where the candidacy stands; null: it is
   * gone.
   * @throws UpstreamError
   */
  async look(order: Order): Promise<Whereabouts | null> {
    const opportunity = await this.tracking.readOpportunity(order.installationId, order.opportunityId);
    if (opportunity !== null && lostTags(order, opportunity.tags).length > 0) {
      await this.tags.remember(order, tagsInDoubt(order, order.shownTags));
    }
    return opportunity;
  }
}
