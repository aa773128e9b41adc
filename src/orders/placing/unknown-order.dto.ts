import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'UnknownOrder' })
export class UnknownOrderDto {
  /** Installations that order under the client. */
  @ApiProperty({ type: [String], example: ['0199f3a0-1111-7aaa-8aaa-0123456789ab'] })
  installationIds: string[];

  /** VICTIG's client. */
  @ApiProperty({ example: 'c11e0000-0000-4000-8000-000000000001' })
  clientGuid: string;

  /** VICTIG's id of the order. */
  @ApiProperty({ example: '9c2f0000-0000-4000-8000-000000000007' })
  orderGuid: string;

  /** The id that it was sent with, where it looks like one of ours: our order's id, if this service placed it. */
  @ApiProperty({ nullable: true, type: String, example: '0199f3a0-2222-7bbb-8bbb-0123456789ab' })
  externalIdentifier: string | null;

  /** As VICTIG wrote it. */
  @ApiProperty({ example: 'app-pending' })
  status: string;

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  orderedAt: Date | null;
}

@ApiSchema({ name: 'UnknownOrders' })
export class UnknownOrdersDto {
  /** Since when VICTIG's lists were looked through; null: the service never was a restored copy. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  since: Date | null;

  @ApiProperty({ type: [UnknownOrderDto] })
  items: UnknownOrderDto[];
}
