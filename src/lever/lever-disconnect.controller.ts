import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiSchema, ApiTags } from '@nestjs/swagger';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { LostAccess } from '../installations/lost-access.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { withPriority } from '../platform/http/call-priority.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { LeverWebhooks } from './lever-webhooks.js';

@ApiSchema({ name: 'Disconnected' })
export class DisconnectedDto {
  /** Ids of webhooks to the installation that Lever did not let go: remove them by hand. Null: Lever did not say. */
  @ApiProperty({ nullable: true, type: [String] })
  webhooksLeft: string[] | null;

  /** What is still to be done in Lever; null for nothing. */
  @ApiProperty({ nullable: true, type: String })
  hint: string | null;
}

const WHERE = 'Settings, Integrations and API';

@ApiTags('Installations')
@Controller('admin/v1/installations/:id/disconnect')
export class LeverDisconnectController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly webhooks: LeverWebhooks,
    private readonly lostAccess: LostAccess,
  ) {}

  @Post()
  @HttpCode(200)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'disconnectLever',
    irreversible: true,
    summary: 'Disconnect Lever',
    description:
      'Removes the webhook from Lever and forgets the API key or OAuth tokens, in this order: without access Lever does not let its webhook be removed. ' +
      'When Lever fails nothing is forgotten, and it can be tried again; what Lever refuses to remove is named and left. ' +
      'Then nothing is ordered and Lever shows nothing new; orders at VICTIG are followed to their end. Signature tokens stay, for Lever repeats what failed before: what still comes in is kept. Safe to repeat.',
    problems: ['vendor_failed', 'webhook_in_progress'],
  })
  @ApiOkResponse({ type: DisconnectedDto })
  async disconnect(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<DisconnectedDto> {
    await this.directory.readFor(principal, id);
    const left = await withPriority('interactive', () =>
      this.webhooks.removeBeforeLeaving(principal.actor, id, () =>
        this.lostAccess.byAdmin(principal.actor, id),
      ),
    );
    return { webhooksLeft: left && [...left], hint: hintOn(left) };
  }
}

function hintOn(left: readonly string[] | null): string | null {
  if (left === null)
    return `Lever gave no access: look for the webhook in ${WHERE}, Webhooks, and remove it.`;
  return left.length === 0
    ? null
    : `Lever did not let ${left.join(', ')} go: remove it by hand in ${WHERE}, Webhooks.`;
}
