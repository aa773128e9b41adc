import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { ServiceStatusDto } from './service-status.dto.js';
import { ServiceStatus } from './service-status.js';

@ApiTags('Operations')
@Controller('admin/v1/status')
export class StatusController {
  constructor(private readonly status: ServiceStatus) {}

  @Get()
  @AdminRoute({
    right: 'service:read',
    operationId: 'readStatus',
    summary: 'Show how the service and its vendors are doing',
    description:
      "Lever's and VICTIG's health, breakers, limits, today's budgets, the version and the replicas. Calls nobody: it says what calls of late have shown.",
  })
  @ApiOkResponse({ type: ServiceStatusDto })
  read(@CurrentPrincipal() { installationId }: Principal): Promise<ServiceStatusDto> {
    return this.status.read(installationId);
  }
}
