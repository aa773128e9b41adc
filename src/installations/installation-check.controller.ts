import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { InstallationCheck } from './installation-check.js';
import { InstallationCheckDto } from './installation-check.dto.js';
import { InstallationDirectory } from './installation-directory.js';

@ApiTags('Previews')
@Controller('admin/v1/installations/:id/check')
export class InstallationCheckController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly check: InstallationCheck,
  ) {}

  @Post()
  @HttpCode(200)
  @AdminRoute({
    right: 'installations:check',
    operationId: 'checkInstallation',
    summary: 'Test an installation from end to end',
    description:
      'Reads at Lever and at VICTIG; nothing is ordered or changed. An installation is not activated while a finding is an error.',
  })
  @ApiOkResponse({ type: InstallationCheckDto })
  async run(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<InstallationCheckDto> {
    return this.check.run(principal, await this.directory.readFor(principal, id));
  }
}
