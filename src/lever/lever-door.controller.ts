import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DoorRegister } from '../installations/door-register.js';
import { DEPARTURE, placeOrder, type PlaceOrderJob } from '../orders/jobs.js';
import { OpenDoor } from '../platform/access/access-guard.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { Inbox, type Reception } from '../platform/webhooks/inbox.js';
import { LeverSignatureGuard } from './lever-signature.guard.js';
import {
  ARCHIVE_CHANGE,
  DELETED,
  isPing,
  PING_REASON,
  readLeverWebhook,
  STAGE_CHANGE,
  type LeverWebhook,
} from './lever-webhook.js';
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
    const { reception, facts = {} } = isPing(body)
      ? ignored(PING_REASON)
      : await this.take(installationId, webhook);
    const { opportunityId = null, fromStageId = null, toStageId = null } = webhook.data;
    await this.inbox.accept(
      {
        installationId,
        source: 'lever',
        identity: webhook.token,
        event: webhook.event,
        facts: { opportunityId, fromStageId, toStageId, ...facts },
        triggeredAt: new Date(webhook.triggeredAt),
      },
      reception,
    );
    this.metrics.acceptedDeliveries.inc({ door: 'lever', reception: reception.kind });
    return { received: true };
  }

  /** What is plain from the delivery itself; everything else is decided by what Lever says when asked (T4, T5, T6). */
  private async take(installationId: string, webhook: LeverWebhook): Promise<Taken> {
    if (!HEARD.has(webhook.event)) return ignored('other_event');
    const installation = await this.register.find(installationId);
    // While it is disconnected the job finds out that the delivery has to wait: nothing is lost (I6).
    if (!installation || (installation.state !== 'active' && installation.state !== 'disconnected')) {
      return ignored(`installation_${installation?.state ?? 'unknown'}`);
    }
    const { opportunityId } = webhook.data;
    if (!opportunityId) return ignored('no_opportunity_named');
    const meaning = meaningOf(webhook, installation.triggerStageIds);
    if ('ignored' in meaning) return ignored(meaning.ignored);
    return {
      reception: {
        kind: 'queue',
        job: placeOrder,
        payload: (deliveryId) => ({ installationId, opportunityId, deliveryId }),
      },
      ...(meaning.departs ? { facts: DEPARTURE } : {}),
    };
  }
}

/** What becomes of a delivery, and what is known of it besides what it says. */
interface Taken {
  reception: Reception<PlaceOrderJob>;
  facts?: Record<string, string>;
}

const ignored = (reason: string): Taken => ({ reception: { kind: 'ignore', reason } });

const HEARD: ReadonlySet<string> = new Set([STAGE_CHANGE, ARCHIVE_CHANGE, DELETED]);

/** Only a stage change into a trigger stage can order; what takes a candidate from there is heard for running checks. */
function meaningOf(
  { event, data: { fromStageId, toStageId, toArchived } }: LeverWebhook,
  triggerStageIds: readonly string[],
): { departs: boolean } | { ignored: string } {
  // Back from the archive is no stage change.
  if (event === ARCHIVE_CHANGE) return toArchived ? { departs: true } : { ignored: 'other_event' };
  if (event === DELETED) return { departs: true };
  if (toStageId && triggerStageIds.includes(toStageId)) return { departs: false };
  return fromStageId && triggerStageIds.includes(fromStageId)
    ? { departs: true }
    : { ignored: 'other_stage' };
}
