import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsInt, IsObject, IsUUID, Max, Min } from 'class-validator';
import { IfGiven } from '../../platform/http/if-given.js';
import { NamedGuidDto } from '../admin/order.dto.js';
import type { SkipReason } from './preview-change.js';

@ApiSchema({ name: 'ShadowRequest' })
export class ShadowRequestDto {
  /** A change of the settings, written as for saving it: what is left out stays as it is. */
  @ApiProperty({
    selfRequired: true,
    type: 'object',
    additionalProperties: true,
    example: { productPrefix: 'Package:' },
  })
  @IsObject()
  settings: Record<string, unknown>;

  /** How many of the latest deliveries that led to an order or a refusal are looked at. */
  @ApiProperty({ required: false, default: 100, minimum: 1, maximum: 1_000, type: Number })
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(1_000)
  limit: number = 100;

  /** `nextCursor` of the answer before. */
  @ApiProperty({ required: false, type: String })
  @IfGiven()
  @IsUUID()
  cursor?: string;
}

@ApiSchema({ name: 'ShadowOrder' })
export class ShadowOrderDto {
  product: NamedGuidDto;

  client: NamedGuidDto;

  @ApiProperty({ nullable: true, type: String })
  reference: string | null;

  textingEnabled: boolean;

  notifyApplicant: boolean;
}

@ApiSchema({ name: 'ShadowOutcome' })
export class ShadowOutcomeDto {
  /** Null exactly when something is refused. */
  @ApiProperty({ type: ShadowOrderDto, nullable: true })
  order: ShadowOrderDto | null;

  /** Codes, in alphabetical order. */
  @ApiProperty({ type: [String], example: ['unknown_product'] })
  refusals: string[];
}

@ApiSchema({ name: 'PastTrigger' })
export class PastTriggerDto {
  @ApiProperty({ format: 'uuid' })
  deliveryId: string;

  @ApiProperty({ format: 'date-time', type: String })
  receivedAt: Date;

  @ApiProperty({ format: 'uuid' })
  orderId: string;

  opportunityId: string;
}

@ApiSchema({ name: 'ShadowDifference' })
export class ShadowDifferenceDto extends PastTriggerDto {
  /** By the present settings, with what Lever and VICTIG say now: not always what was ordered then. */
  present: ShadowOutcomeDto;

  /** By the changed settings, with the same. */
  proposed: ShadowOutcomeDto;
}

@ApiSchema({ name: 'ShadowSkip' })
export class ShadowSkipDto extends PastTriggerDto {
  @ApiProperty({ enum: ['opportunity_not_found', 'candidate_anonymized', 'vendor_failed'] })
  reason: SkipReason;
}

@ApiSchema({ name: 'Shadow' })
export class ShadowDto {
  /** How many opportunities were mapped both ways; of several deliveries of one the latest counts. */
  @ApiProperty({ example: 100 })
  examined: number;

  /** What could not be looked at any more, or not now. */
  skipped: ShadowSkipDto[];

  differs: ShadowDifferenceDto[];

  /** The time was up, or a vendor failed, before everything that was asked for was looked at. */
  truncated: boolean;

  /** From where older deliveries are looked at, as `cursor`; null when there are none. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
