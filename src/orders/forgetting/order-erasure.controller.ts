import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiBody,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProperty,
  ApiSchema,
  ApiTags,
} from '@nestjs/swagger';
import { IsBoolean, Matches, ValidateIf } from 'class-validator';
import { AdminRoute } from '../../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { ExpectedVersion } from '../../platform/http/expected-version.js';
import { UuidPipe } from '../../platform/http/uuid-pipe.js';
import { EraseOrder } from './erase-order.js';
import { LegalHold } from './legal-hold.js';
import type { OrderKey } from '../order-book.js';
import { OrderDto } from '../admin/order.dto.js';
import { OrderList } from '../admin/order-list.js';
import { OrderView } from '../admin/order-view.js';

@ApiSchema({ name: 'Erasure' })
export class ErasureDto {
  /** Our tags, notes and report files are taken from the opportunity in Lever, too; a job does so. */
  @ApiProperty({ required: false, default: false, type: Boolean })
  @ValidateIf((body: ErasureDto) => body.removeFromLever !== undefined)
  @IsBoolean()
  removeFromLever?: boolean;
}

/** Of a hold that was set without saying why. */
const NO_REASON = 'unspecified';

@ApiSchema({ name: 'NewLegalHold' })
export class NewLegalHoldDto {
  /** A code, such as the number of the matter: never a name, for it stays in the audit trail. */
  @ApiProperty({
    required: false,
    default: NO_REASON,
    example: 'CASE-2026-17',
    pattern: String.raw`^[\w.:/-]{1,100}$`,
    type: String,
  })
  @ValidateIf((body: NewLegalHoldDto) => body.reason !== undefined)
  @Matches(/^[\w.:/-]{1,100}$/, {
    message:
      'reason must be a reference: 1 to 100 letters, digits and .:/_- without spaces, such as CASE-2026-17',
  })
  reason?: string;
}

/** The end of an order's personal data, and what stops it (A3). */
@ApiTags('Orders')
@Controller('admin/v1/orders/:id')
export class OrderErasureController {
  constructor(
    private readonly orders: OrderList,
    private readonly eraseOrder: EraseOrder,
    private readonly legalHold: LegalHold,
    private readonly view: OrderView,
  ) {}

  @Post('erase')
  @HttpCode(200)
  @AdminRoute({
    right: 'orders:erase',
    operationId: 'eraseOrder',
    irreversible: true,
    summary: 'Erase the personal data and results of an order',
    description:
      "The order's own key is destroyed, so that what was sealed under it is unreadable for good. Only an order that has come to its end can be erased, and none under a legal hold. Safe to repeat.",
    problems: ['legal_hold', 'order_open', 'retention_floor', 'stale_order', 'stale_version'],
    ifMatch: 'optional',
  })
  @ApiBody({ type: ErasureDto, required: false })
  @ApiOkResponse({ type: OrderDto })
  async erase(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Body() body: ErasureDto,
  ): Promise<OrderDto> {
    const key = await this.known(principal, id);
    const removeFromLever = body.removeFromLever === true;
    const how = { removeFromLever, expected };
    return this.view.show(await this.eraseOrder.run(principal.actor, key, how));
  }

  @Post('hold')
  @HttpCode(200)
  @AdminRoute({
    right: 'orders:hold',
    operationId: 'setLegalHold',
    summary: 'Set a legal hold',
    description: 'The order is not erased, neither on request nor by retention, until the hold is lifted.',
    problems: ['already_erased', 'stale_order', 'stale_version'],
    ifMatch: 'optional',
  })
  @ApiBody({ type: NewLegalHoldDto, required: false })
  @ApiOkResponse({ type: OrderDto })
  async hold(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Body() body: NewLegalHoldDto,
  ): Promise<OrderDto> {
    const key = await this.known(principal, id);
    return this.view.show(await this.legalHold.set(principal.actor, key, body.reason ?? NO_REASON, expected));
  }

  @Delete('hold')
  @HttpCode(204)
  @AdminRoute({
    right: 'orders:hold',
    operationId: 'liftLegalHold',
    summary: 'Lift a legal hold',
    description: 'Retention goes on where it stood. Safe to repeat.',
    problems: ['stale_order', 'stale_version'],
    ifMatch: 'optional',
  })
  @ApiNoContentResponse({ description: 'There is no hold on the order.' })
  async lift(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
  ): Promise<void> {
    await this.legalHold.lift(principal.actor, await this.known(principal, id), expected);
  }

  private async known(principal: Principal, id: string): Promise<OrderKey> {
    const { installationId, id: orderId } = await this.orders.readFor(principal, id);
    return { installationId, orderId };
  }
}
