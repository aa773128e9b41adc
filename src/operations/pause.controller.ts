import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { refuseBound } from '../platform/access/refuse-bound.js';
import { PauseDto, ResumptionDto } from './pause.dto.js';
import { Pauses } from './pauses.js';
import { WatchHome } from './watch-home.js';

@ApiTags('Operations')
@Controller('admin/v1/pause')
export class PauseController {
  constructor(
    private readonly pauses: Pauses,
    private readonly home: WatchHome,
  ) {}

  @Get()
  @AdminRoute({
    right: 'service:read',
    operationId: 'readPause',
    summary: 'Show whether the service is paused, and why',
    description:
      'A service that finds its database to be a restored copy pauses by itself: vendors may know of orders that it does not. Look at `unknown-orders` before it is resumed.',
  })
  @ApiOkResponse({ type: PauseDto })
  async read(@CurrentPrincipal() { installationId }: Principal): Promise<PauseDto> {
    return this.show(installationId);
  }

  @Post('resume')
  @HttpCode(200)
  @AdminRoute({
    right: 'service:resume',
    operationId: 'resumeService',
    summary: 'Have a paused service go on',
    description:
      'All replicas do within seconds. What was in hand is looked for at the vendors before it is done. Does nothing where nothing is paused.',
    problems: ['bound_key'],
  })
  @ApiOkResponse({ type: PauseDto })
  async resume(
    @CurrentPrincipal() principal: Principal,
    @Body() { reason }: ResumptionDto,
  ): Promise<PauseDto> {
    refuseBound(principal);
    await this.pauses.resume(principal.actor, reason);
    // At once here, and within seconds on the other replicas.
    await this.home.look();
    return this.show(null);
  }

  private async show(only: string | null): Promise<PauseDto> {
    const latest = await this.pauses.latest();
    return {
      paused: latest !== null && latest.resumedAt === null,
      cause: latest?.cause ?? null,
      differs: latest?.differs ?? [],
      noticedAt: latest?.noticedAt ?? null,
      knownUntil: latest?.knownUntil ?? null,
      resumedAt: latest?.resumedAt ?? null,
      resumedBy: latest?.resumedBy ?? null,
      waiting: await this.pauses.waiting(only),
    };
  }
}
