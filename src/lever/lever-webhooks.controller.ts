import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { InstallationDirectory } from '../installations/installation-directory.js';
import { showSignatureToken } from '../installations/show-installation.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { withPriority } from '../platform/http/call-priority.js';
import { LEVER_PROBLEMS } from '../platform/errors/problem-codes.js';
import { Inbox } from '../platform/webhooks/inbox.js';
import { CreatedWebhookDto, NewWebhookDto, WebhooksDto, type WebhookStateDto } from './lever-set-up.dto.js';
import { PING_REASON, STAGE_CHANGE } from './lever-webhook.js';
import { LeverWebhooks } from './lever-webhooks.js';
import { webhookHint } from './webhook-hint.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

@ApiTags('Lever')
@Controller('admin/v1/installations/:id/webhook')
export class LeverWebhooksController {
  constructor(
    private readonly directory: InstallationDirectory,
    private readonly webhooks: LeverWebhooks,
    private readonly inbox: Inbox,
  ) {}

  @Post()
  @AdminRoute({
    right: 'installations:write',
    operationId: 'createLeverWebhook',
    summary: 'Create the webhook in Lever',
    description:
      'Lever then sends stage changes here, and the signature token of the webhook is kept in the same step. ' +
      'Lever shows that token only once: if a webhook is there whose token is not known, because it was made by hand or its creation was interrupted, `replace` mends it. ' +
      'With `replace` the new webhook is there before the old one goes, so that no delivery is lost. ' +
      'The signature token of the old one stays, for Lever repeats what failed; end it when nothing more comes.',
    problems: [
      ...LEVER_PROBLEMS,
      'public_url_not_https',
      'webhook_exists',
      'webhook_in_progress',
      'too_many_signature_tokens',
    ],
    idempotent: true,
  })
  @ApiBody({ type: NewWebhookDto, required: false })
  @ApiCreatedResponse({ type: CreatedWebhookDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: NewWebhookDto,
  ): Promise<CreatedWebhookDto> {
    await this.directory.readFor(principal, id);
    const { webhook, signatureToken, removed, notRemoved } = await withPriority('interactive', () =>
      this.webhooks.register(principal.actor, id, body.replace === true),
    );
    return {
      id: webhook.id,
      ...(await this.stateOf(id, 1 + notRemoved.length)),
      signatureToken: showSignatureToken(signatureToken),
      removed: [...removed],
      notRemoved: [...notRemoved],
    };
  }

  @Get()
  @AdminRoute({
    right: 'installations:read',
    operationId: 'readLeverWebhook',
    summary: 'Look for the webhook in Lever',
    description: 'Whether Lever has it, when a stage change last came in, and what to do if none ever did.',
    problems: [...LEVER_PROBLEMS],
  })
  @ApiOkResponse({ type: WebhooksDto })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<WebhooksDto> {
    await this.directory.readFor(principal, id);
    const ours = await withPriority('interactive', () => this.webhooks.ours(id));
    return {
      ...(await this.stateOf(id, ours.length)),
      items: ours.map((webhook) => ({ id: webhook.id, createdAt: webhook.createdAt })),
    };
  }

  @Delete()
  @HttpCode(204)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'deleteLeverWebhook',
    irreversible: true,
    summary: 'Remove the webhook from Lever',
    description:
      'Lever then sends nothing more. Signature tokens stay, for Lever repeats what failed before; end them when nothing more comes. Safe to repeat.',
    problems: [...LEVER_PROBLEMS, 'webhook_in_progress', 'webhook_not_removed'],
  })
  @ApiNoContentResponse({ description: 'Lever has none.' })
  async remove(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.directory.readFor(principal, id);
    await withPriority('interactive', () => this.webhooks.remove(principal.actor, id));
  }

  private async stateOf(id: string, count: number): Promise<Readonly<WebhookStateDto>> {
    const lastDeliveryAt = await this.inbox.lastReceivedAt(id, 'lever', PING_REASON);
    return {
      event: STAGE_CHANGE,
      url: this.webhooks.urlOf(id),
      lastDeliveryAt,
      hint: webhookHint({ count, lastDeliveryAt }),
    };
  }
}
