import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsUUID, ValidateIf } from 'class-validator';
import { IsReason, REASON_PATTERN } from '../../platform/http/act-reason.js';
import { IsOpportunity } from './is-opportunity.js';
import { OrderDto } from './order.dto.js';

@ApiSchema({ name: 'NewOrder' })
export class NewOrderDto {
  @ApiProperty({ format: 'uuid', example: '0198c0de-0000-7000-8000-000000000000' })
  @IsUUID()
  installationId: string;

  /** Lever's id of the opportunity, or its link as it is copied in Lever. */
  @ApiProperty({ example: '8f1c2b7e-3d5a-4a56-9c0e-1f2d3c4b5a69' })
  @IsOpportunity()
  opportunityId: string;
}

@ApiSchema({ name: 'OrderEnding' })
export class OrderEndingDto {
  /** Why, such as the number of a ticket. Never a name: it stays in the audit trail. */
  @ApiProperty({
    required: false,
    type: String,
    pattern: REASON_PATTERN,
    example: 'TICKET-17, ordered twice',
  })
  @ValidateIf((body: OrderEndingDto) => body.reason !== undefined)
  @IsReason()
  reason?: string;
}

@ApiSchema({ name: 'EndedOrder' })
export class EndedOrderDto extends OrderDto {
  /** What goes on at VICTIG, whose API has no call that cancels an order. */
  @ApiProperty({
    example: "VICTIG's order goes on, for its API has no call that cancels one: ask VICTIG to cancel it.",
  })
  atVictig: string;
}
