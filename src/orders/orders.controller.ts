import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, mayKnow, type Principal } from '../platform/access/principal.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { pageOf } from '../platform/http/page.js';
import type { Order } from './domain/order.js';
import { OrderDto, OrderPageDto, OrderQuery, TimelineDto } from './order.dto.js';
import { OrderList } from './order-list.js';
import { showOrder } from './show-order.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

@ApiTags('Orders')
@Controller('admin/v1/orders')
export class OrdersController {
  constructor(private readonly orders: OrderList) {}

  @Get()
  @AdminRoute({
    right: 'orders:read',
    operationId: 'listOrders',
    summary: 'List and search orders, newest first',
    description: 'Conditions are joined by "and". Pages stay the same while new orders come in.',
  })
  @ApiOkResponse({ type: OrderPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: OrderQuery): Promise<OrderPageDto> {
    return pageOf(await this.orders.page(query, principal.installationId), query.limit, showOrder);
  }

  @Get(':id')
  @AdminRoute({
    right: 'orders:read',
    operationId: 'readOrder',
    summary: 'Read an order',
    description:
      'Its status, what was ordered and why it stands where it stands. The candidate is not named.',
  })
  @ApiOkResponse({ type: OrderDto })
  async read(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<OrderDto> {
    return showOrder(await this.known(principal, id));
  }

  @Get(':id/timeline')
  @AdminRoute({
    right: 'orders:read',
    operationId: 'readTimeline',
    summary: 'Tell the story of an order',
    description: 'Every delivery, decision, note and tag of the order in one answer.',
  })
  @ApiOkResponse({ type: TimelineDto })
  async timeline(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<TimelineDto> {
    const order = await this.known(principal, id);
    return { order: showOrder(order), entries: await this.orders.timeline(order) };
  }

  /** Another installation's order is not there at all (A5). */
  private async known(principal: Principal, id: string): Promise<Order> {
    const order = await this.orders.find(id);
    if (!order || !mayKnow(principal, order.installationId)) {
      throw new DomainError('not_found', 'order_not_found', 'There is no such order.');
    }
    return order;
  }
}
