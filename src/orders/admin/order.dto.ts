import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { WITHDRAWAL_REASONS, type WithdrawalReason } from '../../mapping/refusals.js';
import { QUICK_APP_WARNINGS, type QuickAppWarning } from '../domain/order.js';
import { REPORT_WARNINGS } from '../domain/report-warning.js';
import { SHOWN_STATUSES, type ShownStatus } from './shown-status.js';

@ApiSchema({ name: 'NamedGuid' })
export class NamedGuidDto {
  @ApiProperty({ example: 'Criminal Package 1' })
  name: string;

  @ApiProperty({ example: '66d221d8-6783-4c25-91f3-2a117ae554fa' })
  guid: string;
}

@ApiSchema({ name: 'VictigOrder' })
export class VictigOrderDto {
  @ApiProperty({ nullable: true, type: String })
  orderGuid: string | null;

  /** VICTIG's file number; null while VICTIG has given none. */
  @ApiProperty({ nullable: true, type: String, example: '576468' })
  fileNumber: string | null;

  /** VICTIG's status as VICTIG wrote it. */
  @ApiProperty({ nullable: true, type: String, example: 'app-pending' })
  status: string | null;
}

@ApiSchema({ name: 'QuickApp' })
export class QuickAppDto {
  /** When the candidate was invited: VICTIG took the order then. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  invitedAt: Date | null;

  /** Null where VICTIG does not say, or says a time before the order. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  expiresAt: string | null;

  /** Invitations and reminders by email. */
  emailsSent: number;

  textsSent: number;

  remindersSent: number;

  /** The invitation has not been followed and expires within two days, or has expired. */
  @ApiProperty({ nullable: true, enum: QUICK_APP_WARNINGS })
  warning: QuickAppWarning | null;
}

@ApiSchema({ name: 'LegalHold' })
export class LegalHoldDto {
  /** A code, such as the number of the matter. */
  @ApiProperty({ example: 'CASE-2026-17' })
  reason: string;

  @ApiProperty({ format: 'date-time', type: String })
  since: Date;
}

@ApiSchema({ name: 'Withdrawal' })
export class WithdrawalDto {
  @ApiProperty({ enum: WITHDRAWAL_REASONS })
  reason: WithdrawalReason;

  @ApiProperty({ format: 'date-time', type: String })
  since: Date;
}

@ApiSchema({ name: 'LeverTrouble' })
export class LeverTroubleDto {
  /**
   * How calls to Lever fail, e.g. `unauthorized` or `unavailable`; the timeline says which call. `unreadable`: what is kept of
   * the order cannot be opened.
   */
  @ApiProperty({ example: 'unauthorized' })
  failure: string;

  @ApiProperty({ format: 'date-time', type: String })
  since: Date;

  /**
   * When it is tried next, also where calls are held back so long; a time that has passed: now. Null: nothing is queued for it
   * just now.
   */
  @ApiProperty({ nullable: true, format: 'date-time', type: String, example: '2026-11-23T08:18:30.000Z' })
  nextTryAt: Date | null;
}

@ApiSchema({ name: 'OrderTrouble' })
export class OrderTroubleDto {
  /**
   * How calls fail, e.g. `unauthorized` or `unavailable`; the timeline says whose and which. `unreadable`: what is kept of the
   * order cannot be opened.
   */
  @ApiProperty({ example: 'unauthorized' })
  failure: string;

  @ApiProperty({ format: 'date-time', type: String })
  since: Date;

  /**
   * When it is tried next, also where calls are held back so long; a time that has passed: now. Null: with the next
   * round of the reconciler.
   */
  @ApiProperty({ nullable: true, format: 'date-time', type: String, example: '2026-11-23T08:18:30.000Z' })
  nextTryAt: Date | null;
}

const ORDER_WARNINGS = [...REPORT_WARNINGS, ...QUICK_APP_WARNINGS] as const;
export type OrderWarningCode = (typeof ORDER_WARNINGS)[number];

@ApiSchema({ name: 'OrderWarning' })
export class OrderWarningDto {
  @ApiProperty({ enum: ORDER_WARNINGS })
  code: OrderWarningCode;

  /** What it means and what to do about it. */
  @ApiProperty({ example: 'Lever did not take these tags. Allow API users to create tags, or create them.' })
  message: string;

  /**
   * The tags (without the result that they tell where it was erased, or is an earlier order's), the code of the failure,
   * VICTIG's status, or when the invitation ends.
   */
  @ApiProperty({ type: [String], example: ['Background Check Status: Pending'] })
  details: string[];
}

@ApiSchema({ name: 'Order' })
export class OrderDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ format: 'uuid' })
  installationId: string;

  /** Lever's id of the opportunity. */
  @ApiProperty({ example: '8f1c2b7e-3d5a-4a56-9c0e-1f2d3c4b5a69' })
  opportunityId: string;

  @ApiProperty({ enum: SHOWN_STATUSES })
  status: ShownStatus;

  /**
   * A code that says why, e.g. the code of a refusal; `waits_for_turn` of an order that is not placed: nothing failed, but other
   * work has long been before it at a vendor's limit.
   */
  @ApiProperty({ nullable: true, type: String, example: 'missing_email' })
  statusReason: string | null;

  @ApiProperty({ type: NamedGuidDto, nullable: true })
  product: NamedGuidDto | null;

  /** The client or sub-client that was ordered under. */
  @ApiProperty({ type: NamedGuidDto, nullable: true })
  client: NamedGuidDto | null;

  @ApiProperty({ nullable: true, type: String })
  reference: string | null;

  victig: VictigOrderDto;

  /** The candidate's invitation to VICTIG's form; null until it is known. */
  @ApiProperty({ type: QuickAppDto, nullable: true })
  quickApp: QuickAppDto | null;

  /** Null until the report is complete. */
  @ApiProperty({ nullable: true, type: Boolean })
  flagged: boolean | null;

  /** The decision selected on the report, as VICTIG gives it. */
  @ApiProperty({ nullable: true, type: String })
  decision: string | null;

  /** The candidate was taken away while the check ran, and it goes on: only VICTIG can stop it. */
  @ApiProperty({ type: WithdrawalDto, nullable: true })
  withdrawn: WithdrawalDto | null;

  /** Keeps it from being erased. */
  @ApiProperty({ type: LegalHoldDto, nullable: true })
  legalHold: LegalHoldDto | null;

  /** When its personal data and results were destroyed. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  erasedAt: Date | null;

  /** What keeps it from going on, or after its end from being read at VICTIG, and is being retried; null: nothing does. */
  @ApiProperty({ type: OrderTroubleDto, nullable: true })
  trouble: OrderTroubleDto | null;

  /** What keeps Lever from showing this order, or from removing one that was erased, and is being retried; null: nothing does. */
  @ApiProperty({ type: LeverTroubleDto, nullable: true })
  leverTrouble: LeverTroubleDto | null;

  /** What a person should look at, for no retry mends it. */
  @ApiProperty({ type: [OrderWarningDto] })
  warnings: OrderWarningDto[];

  /** The settings version it was mapped with. */
  @ApiProperty({ example: 1 })
  settingsVersion: number;

  /** Who placed it by hand; null: a trigger did. */
  @ApiProperty({ nullable: true, type: String, example: 'admin_key:0198c0de-0000-7000-8000-000000000001' })
  placedBy: string | null;

  /** Codes of what the mapping warned of. */
  @ApiProperty({ type: [String], example: ['phone_left_out'] })
  mappingWarnings: string[];

  @ApiProperty({ format: 'date-time', type: String })
  createdAt: Date;

  @ApiProperty({ format: 'date-time', type: String })
  updatedAt: Date;
}

@ApiSchema({ name: 'OrderPage' })
export class OrderPageDto {
  items: OrderDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

@ApiSchema({ name: 'TimelineEntry' })
export class TimelineEntryDto {
  @ApiProperty({ format: 'date-time', type: String })
  at: Date;

  /** What happened: `delivery`, `opened`, `mapped`, `call`, `refused`, `placed`, `observed`, `note_posted`, `tags_set`, … */
  @ApiProperty({ example: 'placed' })
  kind: string;

  /** The same in a sentence, for a person who has never seen the order. */
  @ApiProperty({ example: 'VICTIG has the order under file number 576468.' })
  text: string;

  /** Who or what did it: `lever`, `victig`, `delivery:<id>`, `job:<name>` or `admin_key:<id>`; null in old entries. */
  @ApiProperty({ nullable: true, type: String, example: 'job:place-order' })
  actor: string | null;

  /** The status before, where it changed. */
  @ApiProperty({ nullable: true, type: String })
  from: string | null;

  /** The status after, where it changed. */
  @ApiProperty({ nullable: true, type: String })
  to: string | null;

  /** Codes and ids of the matter. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  data: object;

  /** Where more is told, by what is found there: `delivery`, `key`. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  links: Record<string, string>;
}

@ApiSchema({ name: 'Timeline' })
export class TimelineDto {
  order: OrderDto;

  /** Where the order, its installation and the settings it was mapped with are read. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  links: Record<string, string>;

  /** Everything that happened, in order. */
  entries: TimelineEntryDto[];
}
