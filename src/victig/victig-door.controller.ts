import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { takeCallback, type TakeCallbackJob } from '../orders/jobs.js';
import { OpenDoor } from '../platform/access/access-guard.js';
import { Clock } from '../platform/clock.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { isUuid } from '../platform/ids.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { EVERY_INSTALLATION, Inbox, type Reception } from '../platform/webhooks/inbox.js';
import { CallbackSecretGuard } from './callback-secret.guard.js';
import { callbackSchema } from './callback-schema.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

const uuidOrNull = (text: string | null): string | null => (text !== null && isUuid(text) ? text : null);

/** The resource of an event of an order is the order; that of one of its searches is the search. */
const isOfOrderItself = (event: string): boolean => /^order\.(?!search\.)/.test(event);

/** Where VICTIG's callbacks come in: hints, each of which has an order read again (V1, V2). */
@ApiExcludeController()
@OpenDoor(true)
@UseGuards(CallbackSecretGuard)
@Controller('webhooks/victig')
export class VictigDoorController {
  constructor(
    private readonly inbox: Inbox,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
  ) {}

  /** For the whole service, with the service's secret. */
  @Post()
  @HttpCode(200)
  async receive(@Body() body: unknown): Promise<{ received: true }> {
    return this.accept(EVERY_INSTALLATION, body);
  }

  /** For one installation, with its own secret where it has one. */
  @Post(':installationId')
  @HttpCode(200)
  async receiveFor(
    @Param('installationId', UuidPipe) installationId: string,
    @Body() body: unknown,
  ): Promise<{ received: true }> {
    return this.accept(installationId, body);
  }

  private async accept(installationId: string, body: unknown): Promise<{ received: true }> {
    const parsed = callbackSchema.safeParse(body);
    if (!parsed.success) {
      throw new DomainError(
        'invalid',
        'malformed_callback',
        'The body is not a callback: it names no event.',
        parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
      );
    }
    const { event, resourceGuid, externalIdentifier, at } = parsed.data;
    // Another integration's identifier may be anything, an address even; ours is an order's id.
    const orderId = uuidOrNull(externalIdentifier);
    // A path that cannot be read, or none, is no reason to miss what the callback is about.
    const resource = orderId === null && isOfOrderItself(event) ? uuidOrNull(resourceGuid) : null;
    const orderGuid = parsed.data.orderGuid ?? resource;
    const isAboutOrder = orderGuid !== null || externalIdentifier !== null;
    const reception: Reception<TakeCallbackJob> = isAboutOrder
      ? { kind: 'queue', job: takeCallback, payload: (deliveryId) => ({ installationId, deliveryId }) }
      : { kind: 'ignore', reason: 'not_about_an_order' };
    await this.inbox.accept(
      {
        installationId,
        source: 'victig',
        // Callbacks have no id of their own: the same event of the same thing at the same time is the same.
        identity: `${event}/${resourceGuid ?? orderGuid ?? externalIdentifier ?? ''}/${at?.getTime() ?? this.clock.now().getTime()}`,
        event,
        facts: { orderGuid, externalIdentifier: orderId },
        triggeredAt: at ?? this.clock.now(),
      },
      reception,
    );
    this.metrics.acceptedDeliveries.inc({ door: 'victig', reception: reception.kind });
    return { received: true };
  }
}
