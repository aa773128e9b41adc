import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsUUID,
  Matches,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsReason, REASON_PATTERN } from '../../platform/http/act-reason.js';
import { IfGiven } from '../../platform/http/if-given.js';
import { IsAfter } from '../../platform/http/is-after.js';
import { IsInstant } from '../../platform/http/is-instant.js';
import { PageQuery } from '../../platform/http/page.js';
import { DELIVERY_OUTCOMES, type DeliveryOutcome } from '../../platform/webhooks/delivery.entity.js';

export const DELIVERY_SOURCES = ['lever', 'victig'] as const;
export type DeliverySource = (typeof DELIVERY_SOURCES)[number];

/** How many deliveries may be replayed at once. */
export const REPLAY_CAP = 200;

/** Which deliveries are wanted; conditions are joined by "and". */
export class DeliveryQuery extends PageQuery {
  /** Only of this installation. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IfGiven()
  @IsUUID()
  installationId?: string;

  /** Who sent it. */
  @ApiProperty({ required: false, enum: DELIVERY_SOURCES })
  @IfGiven()
  @IsIn(DELIVERY_SOURCES)
  source?: DeliverySource;

  /** What became of it. */
  @ApiProperty({ required: false, enum: DELIVERY_OUTCOMES })
  @IfGiven()
  @IsIn(DELIVERY_OUTCOMES)
  outcome?: DeliveryOutcome;

  /** A code such as `installation_paused`. */
  @ApiProperty({ required: false, type: String })
  @IfGiven()
  @Matches(/^[a-z_]{1,100}$/, {
    message: 'reason must be the code that a delivery shows, such as other_stage',
  })
  reason?: string;

  /** Only of this order. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IfGiven()
  @IsUUID()
  orderId?: string;

  /** Received at this time or later. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IfGiven()
  @IsInstant()
  from?: string;

  /** Received before this time, which is later than `from`. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IfGiven()
  @IsInstant()
  @IsAfter('from')
  to?: string;
}

@ApiSchema({ name: 'ReplayRequest' })
export class ReplayRequestDto extends OmitType(DeliveryQuery, ['limit', 'cursor'] as const) {
  /** These deliveries only. */
  @ApiProperty({ required: false, type: [String], maxItems: REPLAY_CAP })
  @ValidateIf((body: ReplayRequestDto) => body.ids !== undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(REPLAY_CAP)
  @IsUUID(undefined, { each: true })
  ids?: string[];

  /** True, or left out: only says what would be replayed. */
  @ApiProperty({ required: false, default: true, type: Boolean })
  @ValidateIf((body: ReplayRequestDto) => body.preview !== undefined)
  @IsBoolean()
  preview?: boolean;

  /** `count` of the preview; needed where `preview` is false. */
  @ApiProperty({ required: false, type: Number })
  @ValidateIf((body: ReplayRequestDto) => body.preview === false || body.expected !== undefined)
  @IsInt()
  @Min(0)
  expected?: number;

  /** Why, such as the number of a ticket; needed where `preview` is false. Never a name: it stays in the audit trail. */
  @ApiProperty({
    required: false,
    type: String,
    pattern: REASON_PATTERN,
    example: 'TICKET-17, Lever was down',
  })
  @ValidateIf((body: ReplayRequestDto) => body.preview === false || body.because !== undefined)
  @IsReason()
  because?: string;
}

@ApiSchema({ name: 'Delivery' })
export class DeliveryDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Null for a callback to the service's own route. */
  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  installationId: string | null;

  @ApiProperty({ enum: DELIVERY_SOURCES })
  source: DeliverySource;

  @ApiProperty({ example: 'candidateStageChange' })
  event: string;

  /** The ids that were understood of it; nothing else of a payload is kept. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string', nullable: true } })
  facts: Record<string, string | null>;

  @ApiProperty({ format: 'date-time', type: String })
  triggeredAt: Date;

  @ApiProperty({ format: 'date-time', type: String })
  receivedAt: Date;

  @ApiProperty({ enum: DELIVERY_OUTCOMES })
  outcome: DeliveryOutcome;

  /** A code that says why. */
  @ApiProperty({ nullable: true, type: String })
  reason: string | null;

  /** The order it led to, or was about. */
  @ApiProperty({ nullable: true, format: 'uuid', type: String })
  orderId: string | null;
}

@ApiSchema({ name: 'DeliveryPage' })
export class DeliveryPageDto {
  items: DeliveryDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

export const REPLAY_EFFECTS = [
  'decide',
  'go_on',
  'nothing',
  'read_order',
  'ignore',
  'wait',
  'order_waits',
] as const;
export type ReplayEffect = (typeof REPLAY_EFFECTS)[number];

@ApiSchema({ name: 'ReplayEffect' })
export class ReplayEffectDto {
  /** Of the delivery. */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /**
   * `decide` as if it had just come in · `go_on` with the order it led to · `nothing`, for that order has ended, or the
   * order of a callback was erased · `read_order` at VICTIG · while the installation is not active: `ignore` it again,
   * `wait` until it is activated, or `order_waits`: the order it led to does · `ignore` at any time that a candidate left
   * of whom no check runs · a callback whose order is not known at VICTIG: `wait` for that, or, a day after it came in,
   * `ignore` it.
   */
  @ApiProperty({ enum: REPLAY_EFFECTS })
  effect: ReplayEffect;

  @ApiProperty({ example: 'The order that the callback is about is read again at VICTIG.' })
  message: string;
}

@ApiSchema({ name: 'Replay' })
export class ReplayDto {
  /** False for a preview: nothing was done. */
  replayed: boolean;

  /** How many deliveries are, or would be, replayed. */
  count: number;

  ids: string[];

  /** Those among the wanted that name nothing that could be decided again. */
  notReplayable: string[];

  /** What would happen, or happens, to each of `ids`. */
  effects: ReplayEffectDto[];
}
