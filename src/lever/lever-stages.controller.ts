import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { withPriority } from '../platform/http/call-priority.js';
import { LEVER_PROBLEMS } from '../platform/errors/problem-codes.js';
import { LeverAccounts } from './lever-accounts.js';
import { LeverClient } from './lever-client.js';
import { StagesDto } from './lever-set-up.dto.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

/** The stages of an installation's Lever account, so that the trigger stage is picked by name (I4). */
@ApiTags('Lever')
@Controller('admin/v1/installations/:id/stages')
export class LeverStagesController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly accounts: LeverAccounts,
    private readonly client: LeverClient,
  ) {}

  @Get()
  @AdminRoute({
    right: 'installations:read',
    operationId: 'listLeverStages',
    summary: 'List the stages in Lever',
    description:
      "In the order of the pipeline, to pick the trigger stage by its name. Names are the customer's and need not be unique.",
    problems: [...LEVER_PROBLEMS],
  })
  @ApiOkResponse({ type: StagesDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<StagesDto> {
    const { configuration } = await this.directory.readFor(principal, id);
    const stages = await withPriority('interactive', async () =>
      this.client.getStages(await this.accounts.of(id)),
    );
    const isTrigger = (stageId: string): boolean => configuration.triggerStageIds.includes(stageId);
    return {
      items: stages.map((stage) => ({ id: stage.id, name: stage.text, isTrigger: isTrigger(stage.id) })),
    };
  }
}
