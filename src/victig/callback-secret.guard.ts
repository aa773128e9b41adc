import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DoorRegister } from '../installations/door-register.js';
import { Throttle } from '../platform/access/throttle.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { isUuid } from '../platform/ids.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { carriesSecret } from './authorization-secret.js';

/** Lets in only what carries the configured secret; with none configured, nothing (V1). */
@Injectable()
export class CallbackSecretGuard implements CanActivate {
  constructor(
    private readonly register: DoorRegister,
    private readonly metrics: Metrics,
    private readonly throttle: Throttle,
    @Inject(appConfig.KEY) private readonly config: AppConfig,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers, params, ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const { installationId } = params as { installationId?: string };
    if (carriesSecret(headers.authorization, await this.secretFor(installationId, ip))) return true;
    this.metrics.refusedDeliveries.inc({ door: 'victig', reason: 'secret' });
    this.throttle.admitRefusal(ip);
    throw new DomainError('unauthenticated', 'secret_refused', 'The Authorization header is not the secret.');
  }

  /** The installation's own, and the service's only where it has none; undefined: nothing gets in. */
  private async secretFor(installationId: string | undefined, address: string): Promise<string | undefined> {
    if (installationId === undefined) return this.config.victig.webhookSecret;
    if (!isUuid(installationId)) return undefined;
    const entry = await this.register.find(installationId, this.throttle.isSuspect(address));
    if (entry === null) return undefined;
    if (entry.unreadable.includes('victig_webhook_secret')) {
      this.throttle.countRefusal(address);
      this.metrics.refusedDeliveries.inc({ door: 'victig', reason: 'unreadable' });
      throw this.register.sendAway(installationId, 'victig_webhook_secret');
    }
    return entry.victigSecret ?? this.config.victig.webhookSecret;
  }
}
