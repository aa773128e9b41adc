import { applyDecorators, Body, Controller, HttpCode, Param, Post, Res, type Type } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminRoute, type AdminRouteOptions } from '../../platform/access/admin-route.js';
import { LEVER_PROBLEMS } from '../../platform/errors/problem-codes.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { ExpectedVersion } from '../../platform/http/expected-version.js';
import { etagOf } from '../../platform/http/if-match.js';
import { UuidPipe } from '../../platform/http/uuid-pipe.js';
import { ActOnOrder, whetherAtVictig, type ActRequest } from './act-on-order.js';
import type { Order } from '../domain/order.js';
import { opportunityIdOf } from './opportunity-link.js';
import { EndedOrderDto, NewOrderDto, OrderEndingDto } from './order-acts.dto.js';
import { OrderDto } from './order.dto.js';
import { OrderList } from './order-list.js';
import { PlaceByHand } from './place-by-hand.js';
import { OrderView } from './order-view.js';
import { LEFT_AT_VICTIG } from './tell-event.js';

const ETAG = {
  headers: { ETag: { description: 'Of the order as it is now.', schema: { type: 'string' as const } } },
};

/** A route that does something to one order, at most once for each key, and heeds the version that was read. */
const ActOn = (
  act: string,
  answer: Type,
  options: Omit<AdminRouteOptions, 'idempotent' | 'ifMatch'>,
): MethodDecorator =>
  applyDecorators(
    Post(`:id/${act}`),
    HttpCode(200),
    AdminRoute({ ...options, idempotent: true, ifMatch: 'optional' }),
    ApiOkResponse({ type: answer, ...ETAG }),
  );

/** What people do to orders besides looking at them. */
@ApiTags('Orders')
@Controller('admin/v1/orders')
export class OrderActsController {
  constructor(
    private readonly orders: OrderList,
    private readonly placeByHand: PlaceByHand,
    private readonly acts: ActOnOrder,
    private readonly view: OrderView,
  ) {}

  @Post()
  @AdminRoute({
    right: 'orders:place',
    operationId: 'placeOrder',
    summary: 'Place an order by hand',
    description:
      'For an opportunity that Lever has, in whatever stage, not archived nor anonymized, while the installation is active. It is mapped, submitted and shown as any other order, by the same job and once; what would be ordered, `previewOrder` shows. Refused while an order of the opportunity is open (`order_open`); allowed after one is complete, whatever `reorder` says. Where it is not known whether VICTIG took the submission of an earlier order, that is looked for first, and the new one waits: if VICTIG has that one the new one is rejected (`earlier_order_placed`), and the next is submitted.',
    problems: [
      ...LEVER_PROBLEMS,
      'installation_not_found',
      'opportunity_not_found',
      'order_open',
      'installation_not_active',
      'not_certified',
      'opportunity_archived',
      'candidate_anonymized',
    ],
    idempotent: true,
  })
  @ApiCreatedResponse({ type: OrderDto, ...ETAG })
  async place(
    @CurrentPrincipal() principal: Principal,
    @Body() body: NewOrderDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    const opportunityId = opportunityIdOf(body.opportunityId) ?? '';
    const order = await this.placeByHand.run(principal, body.installationId.toLowerCase(), opportunityId);
    reply.header('location', `/admin/v1/orders/${order.id}`);
    return this.tagged(order, reply);
  }

  @ActOn('refresh', OrderDto, {
    right: 'orders:refresh',
    operationId: 'refreshOrder',
    summary: 'Read an order again at VICTIG',
    description:
      'A job does so at once; the timeline says what came of it. Tags that Lever did not take (`tag_not_added`), or did not let go (`tag_not_removed`), are tried again, and tags that somebody took away in Lever are put back. For an order that is at VICTIG: pending, in_progress, complete, error or canceled; and for any with one of these warnings. A report that was not attached (`report_not_attached`) is tried again, too.',
    problems: ['wrong_status', 'not_at_victig', 'order_erased', 'stale_order', 'stale_version'],
  })
  async refresh(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    return this.tagged(await this.acts.refresh(await this.request(principal, id, expected)), reply);
  }

  @ActOn('retry', OrderDto, {
    right: 'orders:retry',
    operationId: 'retryOrder',
    summary: 'Try at once what is being retried',
    description:
      'For an order that is received or in error, or that Lever or VICTIG keep from going on. `nextTryAt` of its trouble says when that is: at once, or later where calls are held back, for the vendor asked for a pause or is down. The end of a hold, and the activation of the installation, are waited for all the same. Nothing is ordered twice. For a rejected one place a new order.',
    problems: ['wrong_status', 'order_erased', 'stale_order', 'stale_version'],
  })
  async retry(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderDto> {
    return this.tagged(await this.acts.retry(await this.request(principal, id, expected)), reply);
  }

  @ActOn('cancel', EndedOrderDto, {
    right: 'orders:cancel',
    operationId: 'cancelOrder',
    irreversible: true,
    summary: 'Mark an order as canceled',
    description:
      "Ours only, and for good: VICTIG's API has no call that cancels an order, and `atVictig` says what goes on there. Results that come later are shown in the timeline only. For an order that is received, pending, in_progress or in error. A submission without an answer is looked for at VICTIG, and a new order of the candidate waits until it is found out what became of it.",
    problems: ['wrong_status', 'stale_order', 'stale_version'],
  })
  @ApiBody({ type: OrderEndingDto, required: false })
  async cancel(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Body() { reason }: OrderEndingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndedOrderDto> {
    return this.ended(await this.acts.cancel(await this.request(principal, id, expected, reason)), reply);
  }

  @ActOn('discard', EndedOrderDto, {
    right: 'orders:discard',
    operationId: 'discardOrder',
    irreversible: true,
    summary: 'Give up an order in error',
    description:
      'It ends as canceled, and the candidate may be ordered for again: by hand, or by moving into the stage anew. For an order in error only. If `atVictig` is in doubt it is looked for at VICTIG, and the timeline says what was found: a new order of the candidate waits for that, and is rejected where VICTIG has this one.',
    problems: ['wrong_status', 'stale_order', 'stale_version'],
  })
  @ApiBody({ type: OrderEndingDto, required: false })
  async discard(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @ExpectedVersion() expected: number | undefined,
    @Body() { reason }: OrderEndingDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EndedOrderDto> {
    return this.ended(await this.acts.discard(await this.request(principal, id, expected, reason)), reply);
  }

  private async request(
    principal: Principal,
    id: string,
    expected: number | undefined,
    reason?: string,
  ): Promise<ActRequest> {
    const { installationId, id: orderId } = await this.orders.readFor(principal, id);
    return { actor: principal.actor, key: { installationId, orderId }, expected, reason };
  }

  private async tagged(order: Order, reply: FastifyReply): Promise<OrderDto> {
    reply.header('etag', etagOf(order.sequence));
    return this.view.show(order);
  }

  private async ended(order: Order, reply: FastifyReply): Promise<EndedOrderDto> {
    return Object.assign(await this.tagged(order, reply), {
      atVictig: LEFT_AT_VICTIG[whetherAtVictig(order)],
    });
  }
}
