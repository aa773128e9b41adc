import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import { IsBoolean, ValidateIf } from 'class-validator';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { LeverOAuth } from './lever-oauth.js';

@ApiSchema({ name: 'NewOAuthLink' })
export class NewOAuthLinkDto {
  /** Ask for access to confidential jobs too. Left out: if the connection that there is or was has it. */
  @ApiProperty({ required: false, type: Boolean })
  @ValidateIf((body: NewOAuthLinkDto) => body.confidential !== undefined)
  @IsBoolean()
  confidential?: boolean;
}

@ApiSchema({ name: 'OAuthLink' })
export class OAuthLinkDto {
  /** Opened by a Super Admin of Lever; good once, for a day. */
  @ApiProperty({ example: 'https://auth.lever.co/authorize?client_id=…' })
  url: string;
}

@ApiTags('Lever')
@Controller('admin/v1/installations/:id/oauth-link')
export class LeverOAuthController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly oauth: LeverOAuth,
  ) {}

  @Post()
  @AdminRoute({
    right: 'installations:write',
    operationId: 'createOAuthLink',
    summary: 'Make a link to connect Lever by OAuth',
    description:
      'A Super Admin of Lever opens it and agrees; it works once, for a day, and for this installation only. ' +
      'It asks for no more than the installation uses as it is configured now: make a new link after `attachReport` or `lever.performAs` was set. ' +
      'Candidates of confidential jobs are seen only with `confidential`, which Lever grants separately. ' +
      'Completing it takes the place of an API key. Answers `oauth_not_configured` when the service has no Lever OAuth app.',
    problems: ['oauth_not_configured'],
    idempotent: true,
  })
  @ApiBody({ type: NewOAuthLinkDto, required: false })
  @ApiCreatedResponse({ type: OAuthLinkDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: NewOAuthLinkDto,
  ): Promise<OAuthLinkDto> {
    const installation = await this.directory.readFor(principal, id);
    return { url: await this.oauth.link(principal.actor, installation, body.confidential) };
  }
}
