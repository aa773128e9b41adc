import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { pageOf } from '../../platform/http/page.js';
import { UuidPipe } from '../../platform/http/uuid-pipe.js';
import { DeliveryDto, DeliveryPageDto, DeliveryQuery, ReplayDto, ReplayRequestDto } from './delivery.dto.js';
import { DeliveryList, describeDelivery } from './delivery-list.js';
import { ReplayDeliveries } from './replay-deliveries.js';

@ApiTags('Deliveries')
@Controller('admin/v1/deliveries')
export class DeliveriesController {
  constructor(
    private readonly deliveries: DeliveryList,
    private readonly replays: ReplayDeliveries,
  ) {}

  @Get()
  @AdminRoute({
    right: 'deliveries:read',
    operationId: 'listDeliveries',
    summary: 'List and search deliveries, newest first',
    description:
      "A key that is bound to an installation sees that installation's; callbacks to the service's own route belong to none.",
  })
  @ApiOkResponse({ type: DeliveryPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: DeliveryQuery,
  ): Promise<DeliveryPageDto> {
    const { limit, cursor, ...conditions } = query;
    const rows = await this.deliveries.find(principal, conditions, limit + 1, cursor);
    return pageOf(rows, limit, describeDelivery);
  }

  @Get(':id')
  @AdminRoute({
    right: 'deliveries:read',
    operationId: 'readDelivery',
    summary: 'Read a delivery',
    description:
      'The ids that were understood of it and what became of it. Payloads, tokens and signatures are not kept.',
  })
  @ApiOkResponse({ type: DeliveryDto })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<DeliveryDto> {
    return describeDelivery(await this.deliveries.readFor(principal, id));
  }

  @Post('replay')
  @HttpCode(200)
  @AdminRoute({
    right: 'deliveries:replay',
    operationId: 'replayDeliveries',
    summary: 'Have many deliveries decided once more',
    description:
      'First the preview: it answers how many, and which. Then the same conditions with `"preview": false` and its `count` as `expected`, and a reason in `because`, which stays on record. At most 200 at once. Nothing is ordered twice, however often it is repeated. While an installation is not active nothing is decided of its stage changes, as `effects` say: activate it first.',
    problems: ['too_many', 'preview_outdated'],
    idempotent: true,
  })
  @ApiOkResponse({ type: ReplayDto })
  async replayMany(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ReplayRequestDto,
  ): Promise<ReplayDto> {
    const { preview, expected, because, ...conditions } = body;
    return preview === false && expected !== undefined && because !== undefined
      ? this.replays.many(principal, conditions, { expected, reason: because })
      : this.replays.preview(principal, conditions);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @AdminRoute({
    right: 'deliveries:replay',
    operationId: 'replayDelivery',
    summary: 'Have a delivery decided once more',
    description:
      'As if it had just come in. One that led to an order orders nothing again. While its installation is not active a stage change is ignored again, or waits on: activate that first.',
    problems: ['not_replayable'],
  })
  @ApiOkResponse({ type: DeliveryDto })
  async replay(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<DeliveryDto> {
    return describeDelivery(await this.replays.one(principal, id));
  }
}
