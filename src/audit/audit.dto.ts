import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import { IsOptional, IsUUID, Matches } from 'class-validator';
import { IsAfter } from '../platform/http/is-after.js';
import { IsInstant } from '../platform/http/is-instant.js';
import { PageQuery } from '../platform/http/page.js';
import { AUDIT_FAULTS, type AuditFault } from './verify-audit.js';

/** Which entries are wanted; conditions are joined by "and". */
export class AuditQuery extends PageQuery {
  /** Only of this installation. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IsOptional()
  @IsUUID()
  installationId?: string;

  /** Only of this order. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IsOptional()
  @IsUUID()
  orderId?: string;

  /** `delivery:<id>`, `job:<name>`, `admin_key:<id>`, … */
  @ApiProperty({ required: false, type: String, example: 'job:refresh-order' })
  @IsOptional()
  @Matches(/^[\w:.-]{1,200}$/, { message: 'actor must be one that an entry shows, such as job:place-order' })
  actor?: string;

  @ApiProperty({ required: false, type: String, example: 'order.moved' })
  @IsOptional()
  @Matches(/^[a-z_]{1,50}\.[a-z_]{1,50}$/, {
    message: 'action must be one that an entry shows, such as order.opened',
  })
  action?: string;

  /** At this time or later. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IsOptional()
  @IsInstant()
  from?: string;

  /** Before this time, which is later than `from`. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IsOptional()
  @IsInstant()
  @IsAfter('from')
  to?: string;
}

/** The same conditions, for all entries that meet them. */
export class AuditExportQuery extends OmitType(AuditQuery, ['limit', 'cursor'] as const) {}

@ApiSchema({ name: 'AuditEntry' })
export class AuditEntryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Null for what concerns no installation, or all. */
  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  installationId: string | null;

  /** Its place in the chain of its installation, from 1. */
  @ApiProperty({ example: 1 })
  seq: number;

  /** UTC, with microseconds. */
  @ApiProperty({ format: 'date-time', example: '2026-11-23T00:00:00.000000Z' })
  at: string;

  @ApiProperty({ example: 'job:refresh-order' })
  actor: string;

  @ApiProperty({ example: 'order.moved' })
  action: string;

  /** The request or the job that it was done for, as the log names them; null for what nobody asked for. */
  @ApiProperty({ nullable: true, type: String, example: 'job:0199a3c1-7d7e-7c3a-9b1e-2f6a4c8d9e01' })
  cause: string | null;

  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  orderId: string | null;

  @ApiProperty({ nullable: true, type: String })
  opportunityId: string | null;

  /** The settings of the installation that were followed, where any were. */
  @ApiProperty({ nullable: true, type: Number, example: 3 })
  settingsVersion: number | null;

  /** Ids, codes and numbers of the action. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  data: object;

  /** SHA-256 that holds this entry and all before it in hexadecimal; docs/trust.md says how it is made. */
  @ApiProperty({ example: 'f1d2d2f924e986ac86fdf7b36c94bcdf32beec15f1d2d2f924e986ac86fdf7b3' })
  hash: string;
}

@ApiSchema({ name: 'AuditPage' })
export class AuditPageDto {
  items: AuditEntryDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

@ApiSchema({ name: 'FaultyAuditEntry' })
export class FaultyEntryDto {
  /** Null where the entry is gone and its id with it. */
  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  id: string | null;

  @ApiProperty({ example: 42 })
  seq: number;

  /** Null in the service's own chain. */
  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  installationId: string | null;

  /** What is wrong with it. */
  @ApiProperty({ enum: AUDIT_FAULTS })
  fault: AuditFault;
}

@ApiSchema({ name: 'AuditVerification' })
export class VerificationDto {
  /** Every entry and every checkpoint is as it was written. */
  ok: boolean;

  /** The first entry that was changed, removed or inserted. */
  @ApiProperty({ type: FaultyEntryDto, nullable: true })
  first: FaultyEntryDto | null;

  /** The first checkpoint that is not as it was written, is gone, or bears no valid seal. */
  @ApiProperty({ nullable: true, type: Number })
  brokenCheckpoint: number | null;

  /** How many entries were read. */
  entries: number;

  /** How many checkpoints were read. */
  checkpoints: number;
}

@ApiSchema({ name: 'AuditCheckpoint' })
export class CheckpointDto {
  @ApiProperty({ example: 1 })
  number: number;

  @ApiProperty({ format: 'date-time', type: String })
  at: Date;

  /** SHA-256 over the heads of all chains and the checkpoint before, in hexadecimal. */
  hash: string;

  /** One line that says it all, to be kept elsewhere. */
  line: string;
}
