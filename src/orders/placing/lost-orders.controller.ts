import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { refuseBound } from '../../platform/access/refuse-bound.js';
import { VICTIG_PROBLEMS } from '../../platform/errors/problem-codes.js';
import { ServicePause } from '../../platform/pause/service-pause.js';
import { LostOrders } from './lost-orders.js';
import { UnknownOrdersDto } from './unknown-order.dto.js';

@ApiTags('Operations')
@Controller('admin/v1/pause')
export class LostOrdersController {
  constructor(
    private readonly lost: LostOrders,
    private readonly pause: ServicePause,
  ) {}

  @Get('unknown-orders')
  @AdminRoute({
    right: 'service:resume',
    operationId: 'listUnknownOrders',
    summary: 'List orders at VICTIG that this database does not know of',
    description:
      "For a restored copy: reads the lists of every client in use, back to when the backup was made, and shows what is not in the database. Orders that VICTIG's staff or another program placed are among them.",
    problems: ['bound_key', ...VICTIG_PROBLEMS],
  })
  @ApiOkResponse({ type: UnknownOrdersDto })
  async list(@CurrentPrincipal() principal: Principal): Promise<UnknownOrdersDto> {
    refuseBound(principal);
    const since = this.pause.knownUntil;
    if (since === null) return { since, items: [] };
    const unknown = await this.lost.unknownSince(since);
    return {
      since,
      items: unknown.map(({ installationIds, clientGuid, listed }) => ({
        installationIds,
        clientGuid,
        orderGuid: listed.orderGuid,
        externalIdentifier: listed.orderId,
        status: listed.rawStatus,
        orderedAt: listed.orderedAt,
      })),
    };
  }
}
