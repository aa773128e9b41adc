import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Handles, type JobHandler } from '../platform/jobs/job-handler.js';
import type { Order } from './domain/order.js';
import { possibleTags } from './domain/shown-tags.js';
import { removeFromTracking, type OrderJob } from './jobs.js';
import { OrderBook } from './order-book.js';
import { ProgressNoteRow } from './order.entity.js';
import { ApplicantTracking } from './ports/applicant-tracking.js';

const ACTOR = `job:${removeFromTracking.name}`;

/** Takes our tags and notes of an erased order from the applicant tracking system; may run twice, late or in vain. */
@Handles(removeFromTracking)
@Injectable()
export class RemoveFromTracking implements JobHandler<OrderJob> {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tracking: ApplicantTracking,
    private readonly book: OrderBook,
  ) {}

  async handle(job: OrderJob): Promise<void> {
    const order = await this.book.find(job);
    if (!order || order.erasedAt === null) return;
    const { installationId, opportunityId } = order;
    const isGone = (await this.tracking.readOpportunity(installationId, opportunityId)) === null;
    const tags = isGone ? [] : await this.removeTags(order);
    const notes = isGone ? 0 : await this.removeNotes(order);
    const removed = { tags: tags.length, notes, gone: isGone };
    await this.book.note(ACTOR, order, {
      event: { kind: 'removed_from_lever', data: removed },
      // From now on nothing of ours is there that a later order would have to take away.
      patch: { shownTags: [] },
      audit: { action: 'lever.order_removed', data: removed },
    });
  }

  /** The tags are the latest order's; where there is a later one, they are not this one's to remove. */
  private async removeTags(order: Order): Promise<readonly string[]> {
    const { installationId, opportunityId } = order;
    const tags = possibleTags(order, []);
    const latest = await this.book.latestOf(installationId, opportunityId);
    if (tags.length === 0 || (latest && latest.id !== order.id)) return [];
    await this.tracking.removeTags(installationId, opportunityId, tags);
    return tags;
  }

  private async removeNotes({ installationId, id: orderId, opportunityId }: Order): Promise<number> {
    const notes = await this.dataSource.manager.findBy(ProgressNoteRow, { installationId, orderId });
    let removed = 0;
    for (const { noteId, reference } of notes) {
      const known = noteId ?? (await this.tracking.findNote(installationId, opportunityId, reference));
      if (known === null) continue;
      await this.tracking.removeNote(installationId, opportunityId, known);
      removed += 1;
    }
    return removed;
  }
}
