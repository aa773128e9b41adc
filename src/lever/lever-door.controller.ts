import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DoorRegister } from '../installations/door-register.js';
import { placeOrder, type PlaceOrderJob } from '../orders/jobs.js';
import { OpenDoor } from '../platform/access/access-guard.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Inbox, type Reception } from '../platform/webhooks/inbox.js';
import { LeverSignatureGuard } from './lever-signature.guard.js';
import { isPing, PING_REASON, readLeverWebhook, STAGE_CHANGE, type LeverWebhook } from './lever-webhook.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

/** Where Lever's webhooks come in: verified by the guard, kept, answered; work begins later (T2). */
@ApiExcludeController()
@OpenDoor(true)
@UseGuards(LeverSignatureGuard)
@Controller('webhooks/lever')
export class LeverDoorController {
  constructor(
    private readonly register: DoorRegister,
    private readonly inbox: Inbox,
    private readonly metrics: Metrics,
  ) {}

  @Post(':installationId')
  @HttpCode(200)
  async receive(
    @Param('installationId', UuidPipe) installationId: string,
    @Body() body: unknown,
  ): Promise<{ received: true }> {
    const webhook = readLeverWebhook(body);
    const reception = await this.receptionOf(installationId, webhook, isPing(body));
    const { opportunityId = null, fromStageId = null, toStageId = null } = webhook.data;
    await this.inbox.accept(
      {
        installationId,
        source: 'lever',
        identity: webhook.token,
        event: webhook.event,
        facts: { opportunityId, fromStageId, toStageId },
        triggeredAt: new Date(webhook.triggeredAt),
      },
      reception,
    );
    this.metrics.acceptedDeliveries.inc({ door: 'lever', reception: reception.kind });
    return { received: true };
  }

  /** What is plain from the delivery itself; everything else is decided by what Lever says when asked (T4, T5, T6). */
  private async receptionOf(
    installationId: string,
    { event, data }: LeverWebhook,
    ping: boolean,
  ): Promise<Reception<PlaceOrderJob>> {
    if (ping) return { kind: 'ignore', reason: PING_REASON };
    if (event !== STAGE_CHANGE) return { kind: 'ignore', reason: 'other_event' };
    const installation = await this.register.find(installationId);
    // While it is disconnected the job finds out that the delivery has to wait: nothing is lost (I6).
    if (!installation || (installation.state !== 'active' && installation.state !== 'disconnected')) {
      return { kind: 'ignore', reason: `installation_${installation?.state ?? 'unknown'}` };
    }
    const { opportunityId, toStageId } = data;
    if (!opportunityId) return { kind: 'ignore', reason: 'no_opportunity_named' };
    if (!toStageId || !installation.triggerStageIds.includes(toStageId)) {
      return { kind: 'ignore', reason: 'other_stage' };
    }
    return {
      kind: 'queue',
      job: placeOrder,
      payload: (deliveryId) => ({ installationId, opportunityId, deliveryId }),
    };
  }
}
