import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { reportTags } from '../../mapping/progress-tags.js';
import { referenceIn } from '../../mapping/result-note.js';
import type { Settings } from '../../mapping/settings.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import type { Order } from '../domain/order.js';
import { ProgressNoteRow } from '../order.entity.js';
import { ApplicantTracking } from '../ports/applicant-tracking.js';
import { referenceInFileName, ReportFileRow } from './report-file.entity.js';
import { isReferenceOf } from './result-notes.js';

/**
 * What is in the applicant tracking system of an order, and no row tells of: the service of whose database this one is a
 * restored copy put it there since the backup, as for a report that changed. Nothing where nothing can be forgotten.
 */
@Injectable()
export class ForgottenTraces {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly pause: ServicePause,
  ) {}

  /** The ids of notes. One in which a person only quotes a reference is none of ours. */
  async notes(order: Order): Promise<string[]> {
    if (!this.mayBe(order)) return [];
    const { installationId, id: orderId, opportunityId } = order;
    const isOurs = (text: string): boolean => isReferenceOf(order, referenceIn(text));
    const rows = await this.dataSource.getRepository(ProgressNoteRow).findBy({ installationId, orderId });
    const known = new Set(rows.map(({ noteId }) => noteId));
    const found = await this.tracking.findNotes(installationId, opportunityId, isOurs);
    return found.filter((id) => !known.has(id));
  }

  /** The ids of files. */
  async files(order: Order): Promise<string[]> {
    if (!this.mayBe(order)) return [];
    const { installationId, id: orderId, opportunityId } = order;
    const isOurs = (name: string): boolean => isReferenceOf(order, referenceInFileName(name));
    const rows = await this.dataSource.getRepository(ReportFileRow).findBy({ installationId, orderId });
    const known = new Set(rows.map(({ fileId }) => fileId));
    const found = await this.tracking.findFiles(installationId, opportunityId, isOurs);
    return found.filter((id) => !known.has(id));
  }

  /**
   * Tags that may tell of its report. Not its status, which says nothing of that, and may be the one of a check that was
   * ordered since the backup, and keeps it from being ordered again.
   */
  tags(order: Order, present: readonly string[], settings: Settings): string[] {
    return this.mayBe(order) ? reportTags(present, settings) : [];
  }

  private mayBe({ createdAt }: Order): boolean {
    return this.pause.forgottenSince(createdAt) !== null;
  }
}
