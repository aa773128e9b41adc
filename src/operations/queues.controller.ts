import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { QueueDepths } from '../platform/jobs/queue-depths.js';
import { QueuesDto } from './operations.dto.js';

@ApiTags('Operations')
@Controller('admin/v1/queues')
export class QueuesController {
  constructor(private readonly depths: QueueDepths) {}

  @Get()
  @AdminRoute({
    right: 'jobs:read',
    operationId: 'listQueues',
    summary: 'Show how the queues stand',
    description: 'All kinds of jobs in one answer. A key of one installation sees only its jobs.',
  })
  @ApiOkResponse({ type: QueuesDto })
  async list(@CurrentPrincipal() { installationId }: Principal): Promise<QueuesDto> {
    return { items: await this.depths.read(installationId) };
  }
}
