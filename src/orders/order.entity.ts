import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { WithdrawalReason } from '../mapping/refusals.js';
import type { Order, QuickApp } from './domain/order.js';
import type { OrderEvent } from './domain/order-event.js';
import type { OrderStatus } from './domain/order-status.js';
import type { ReportWarning } from './domain/report-warning.js';

@Entity('orders')
export class OrderRow implements Order {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text', { name: 'opportunity_id' })
  opportunityId: string;

  @Column('text')
  status: OrderStatus;

  @Column('text', { name: 'status_reason', nullable: true })
  statusReason: string | null;

  @Column('text', { name: 'interrupted_status', nullable: true })
  interruptedStatus: OrderStatus | null;

  @Column('integer')
  sequence: number;

  /** The span in which it was opened; only read with what is traced. */
  @Column('text', { nullable: true, select: false })
  traceparent: string | null;

  @Column('text', { name: 'placed_by', nullable: true })
  placedBy: string | null;

  @Column('integer', { name: 'settings_version' })
  settingsVersion: number;

  @Column('timestamptz', { name: 'triggered_at' })
  triggeredAt: Date;

  @Column('text', { name: 'trigger_stage_id', nullable: true })
  triggerStageId: string | null;

  @Column('text', { name: 'product_guid', nullable: true })
  productGuid: string | null;

  @Column('text', { name: 'product_name', nullable: true })
  productName: string | null;

  @Column('text', { name: 'client_guid', nullable: true })
  clientGuid: string | null;

  @Column('text', { name: 'client_name', nullable: true })
  clientName: string | null;

  @Column('text', { nullable: true })
  reference: string | null;

  @Column('text', { name: 'mapping_warnings', array: true, default: [] })
  mappingWarnings: string[];

  @Column('text', { name: 'applicant_guid', nullable: true })
  applicantGuid: string | null;

  @Column('timestamptz', { name: 'submit_started_at', nullable: true })
  submitStartedAt: Date | null;

  @Column('text', { name: 'provider_order_guid', nullable: true })
  providerOrderGuid: string | null;

  @Column('text', { name: 'file_number', nullable: true })
  fileNumber: string | null;

  @Column('text', { name: 'raw_status', nullable: true })
  rawStatus: string | null;

  @Column('timestamptz', { name: 'ordered_at', nullable: true })
  orderedAt: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt: Date | null;

  @Column('boolean', { nullable: true })
  flagged: boolean | null;

  @Column('text', { nullable: true })
  decision: string | null;

  /** What is to be ordered, or why not; sealed under the order's own key. */
  @Column('bytea', { name: 'content_sealed', nullable: true, select: false })
  contentSealed: Buffer | null;

  /** What the report says; sealed under the order's own key. */
  @Column('bytea', { name: 'results_sealed', nullable: true, select: false })
  resultsSealed: Buffer | null;

  @Column('integer', { name: 'report_revision' })
  reportRevision: number;

  @Column('text', { name: 'shown_tags', array: true })
  shownTags: string[];

  @Column('text', { name: 'stuck_tags', array: true, default: [] })
  stuckTags: string[];

  @Column('text', { nullable: true })
  trouble: string | null;

  @Column('timestamptz', { name: 'trouble_since', nullable: true })
  troubleSince: Date | null;

  @Column('jsonb', { name: 'quick_app', nullable: true })
  quickApp: QuickApp | null;

  @Column('text', { name: 'listed_as', nullable: true })
  listedAs: string | null;

  @Column('text', { name: 'report_trouble', nullable: true })
  reportTrouble: string | null;

  @Column('timestamptz', { name: 'report_trouble_since', nullable: true })
  reportTroubleSince: Date | null;

  @Column('jsonb', { name: 'report_warnings', default: [] })
  reportWarnings: ReportWarning[];

  @Column('timestamptz', { name: 'refreshed_at', nullable: true })
  refreshedAt: Date | null;

  @Column('text', { name: 'withdrawn_reason', nullable: true })
  withdrawnReason: WithdrawalReason | null;

  @Column('timestamptz', { name: 'withdrawn_at', nullable: true })
  withdrawnAt: Date | null;

  @Column('timestamptz', { name: 'ordered_after_all_at', nullable: true })
  orderedAfterAllAt: Date | null;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;

  @Column('timestamptz', { name: 'erased_at', nullable: true })
  erasedAt: Date | null;

  @Column('timestamptz', { name: 'removal_asked_at', nullable: true })
  removalAskedAt: Date | null;

  @Column('boolean', { name: 'removal_keeps_notes' })
  removalKeepsNotes: boolean;

  @Column('text', { name: 'legal_hold_reason', nullable: true })
  legalHoldReason: string | null;

  @Column('timestamptz', { name: 'legal_hold_since', nullable: true })
  legalHoldSince: Date | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'news_at' })
  newsAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}

/** The history of an order; rows are only ever added. */
@Entity('order_events')
export class OrderEventRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId: string;

  @PrimaryColumn('integer')
  sequence: number;

  @Column('timestamptz')
  at: Date;

  /** Who or what did it; null in events from before this was written down. */
  @Column('text', { nullable: true })
  actor: string | null;

  @Column('text')
  kind: OrderEvent['kind'];

  @Column('text', { name: 'status_from', nullable: true })
  statusFrom: OrderStatus | null;

  @Column('text', { name: 'status_to', nullable: true })
  statusTo: OrderStatus | null;

  @Column('jsonb')
  data: object;
}

@Entity('order_keys')
export class OrderKeyRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId: string;

  @Column('bytea')
  sealed: Buffer;
}

@Entity('progress_notes')
export class ProgressNoteRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId: string;

  @PrimaryColumn('text')
  reference: string;

  /** When the last posting began whose outcome may be unknown; null: nothing is under way. */
  @Column('timestamptz', { name: 'post_started_at', nullable: true })
  postStartedAt: Date | null;

  /** Null until it is known to be there. */
  @Column('text', { name: 'note_id', nullable: true })
  noteId: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'posted_at', nullable: true })
  postedAt: Date | null;
}
