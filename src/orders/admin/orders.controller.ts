import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminRoute } from '../../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { etagOf } from '../../platform/http/if-match.js';
import { pageOf } from '../../platform/http/page.js';
import { OrderDto, OrderPageDto, TimelineDto } from './order.dto.js';
import { OrderList } from './order-list.js';
import { OrderQuery } from './order-query.dto.js';
import { OrderTimeline } from './order-timeline.js';
import { OrderView } from './order-view.js';
import { UuidPipe } from '../../platform/http/uuid-pipe.js';

@ApiTags('Orders')
@Controller('admin/v1/orders')
export class OrdersController {
  constructor(
    private readonly orders: OrderList,
    private readonly timelines: OrderTimeline,
    private readonly view: OrderView,
  ) {}

  @Get()
  @AdminRoute({
    right: 'orders:read',
    operationId: 'listOrders',
    summary: 'List and search orders, newest first',
    description:
      'Conditions are joined by "and". Nothing personal is searched. Pages stay the same while orders come and go.',
  })
  @ApiOkResponse({ type: OrderPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: OrderQuery): Promise<OrderPageDto> {
    const rows = await this.orders.page(query, principal.installationId);
    const page = pageOf(rows, query.limit, (row) => row);
    return { ...page, items: await this.view.showAll(page.items) };
  }

  @Get(':id')
  @AdminRoute({
    right: 'orders:read',
    operationId: 'readOrder',
    summary: 'Read an order',
    description:
      'Its status, what was ordered and why it stands where it stands. The candidate is not named.',
  })
  @ApiOkResponse({
    type: OrderDto,
    headers: { ETag: { description: 'Of the order as it is now.', schema: { type: 'string' } } },
  })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const order = await this.orders.readFor(principal, id);
    reply.header('etag', etagOf(order.sequence));
    return this.view.show(order);
  }

  @Get(':id/timeline')
  @AdminRoute({
    right: 'orders:read',
    operationId: 'readTimeline',
    summary: 'Tell the story of an order',
    description:
      'For a person who has never seen it, in order and in one answer: every delivery and why it was acted on or not, the mapping with its sources, every call to Lever and VICTIG with outcome, duration, attempt and next try, notes and tags, moves of the status, and what people did.',
  })
  @ApiOkResponse({ type: TimelineDto })
  async timeline(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<TimelineDto> {
    const order = await this.orders.readFor(principal, id);
    const installation = `/admin/v1/installations/${order.installationId}`;
    return {
      order: await this.view.show(order),
      links: {
        order: `/admin/v1/orders/${order.id}`,
        installation,
        settings: `${installation}/versions/${order.settingsVersion}`,
      },
      entries: await this.timelines.of(principal, order),
    };
  }
}
