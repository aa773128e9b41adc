import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Matches, ValidateIf } from 'class-validator';
import { VENDOR_ID } from '../installations/installation.dto.js';

@ApiSchema({ name: 'VictigClient' })
export class ClientDto {
  @ApiProperty({ example: '34f3264e-138a-47d1-987c-f2673a569b96' })
  guid: string;

  @ApiProperty({ example: 'Acme' })
  name: string;

  @ApiProperty({ nullable: true, example: 'ACME', type: String })
  code: string | null;

  /** Null where the VICTIG token may not read it, and unless sub-clients are matched by `clientCity`. */
  @ApiProperty({ nullable: true, example: 'San Francisco', type: String })
  city: string | null;

  /** The one of the installation's `victig.clientGuid`. */
  isMain: boolean;
}

@ApiSchema({ name: 'VictigClients' })
export class ClientsDto {
  items: ClientDto[];
}

export class ProductsQuery {
  /** Of which client; the main client where it is left out. */
  @ApiProperty({ required: false, example: '34f3264e-138a-47d1-987c-f2673a569b96', type: String })
  @ValidateIf((query: ProductsQuery) => query.clientGuid !== undefined)
  @Matches(VENDOR_ID, { message: '$property must be an id as the vendor gives it' })
  clientGuid?: string;
}

@ApiSchema({ name: 'VictigProduct' })
export class ProductDto {
  /** Of the product at this client; the same product has other guids at others. */
  @ApiProperty({ example: '66d221d8-6783-4c25-91f3-2a117ae554fa' })
  guid: string;

  /** What `defaultProduct` and product tags must equal. */
  @ApiProperty({ example: 'Criminal Package 1' })
  name: string;

  /** It is what the settings name as `defaultProduct`. */
  isDefault: boolean;
}

@ApiSchema({ name: 'VictigProducts' })
export class ProductsDto {
  items: ProductDto[];
}
