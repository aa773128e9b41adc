import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditTrail } from '../audit/audit-trail.js';
import { DoorRegister } from '../installations/door-register.js';
import { Throttle } from '../platform/access/throttle.js';
import { Clock } from '../platform/clock.js';
import { Transactions } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { isSigned } from './lever-signature.js';

/** Longer than Lever keeps deliveries for a rerun (T3). */
const OLDEST_MS = 15 * 24 * 3_600 * 1_000;
const FUTURE_MS = 5 * 60 * 1_000;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Stands in for the tokens of an installation there is not, so that its absence takes as long to find out. */
const NO_TOKENS = ['no installation has this token'];

/** One and the same for every refusal: its words are no help to a forger, and its making costs nothing. */
const REFUSED = new DomainError('unauthenticated', 'signature_refused', 'The signature does not verify.');

type Refusal = 'unknown_installation' | 'signature' | 'too_old' | 'in_the_future';

/** Lets in only what one of the installation's signature tokens has signed, lately (T1, T3). */
@Injectable()
export class LeverSignatureGuard implements CanActivate {
  /** The minute in which a refusal was last put on record, by installation: forgeries cost no database work. */
  private readonly recorded = new Map<string, number>();

  constructor(
    private readonly register: DoorRegister,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
    private readonly metrics: Metrics,
    private readonly clock: Clock,
    private readonly throttle: Throttle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { installationId: given = '' } = request.params as { installationId?: string };
    const installationId = given.toLowerCase();
    const { body } = request;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new DomainError('invalid', 'malformed_request', 'The body must be a JSON object.');
    }
    const entry = UUID.test(installationId)
      ? await this.register.find(installationId, this.throttle.isSuspect(request.ip))
      : null;
    const tokens = entry?.signatureTokens ?? [];
    const isVerified = isSigned(body, tokens.length > 0 ? tokens : NO_TOKENS) && tokens.length > 0;
    const refusal = isVerified ? this.refusalByAge(body) : 'signature';
    if (refusal === null) return true;
    if (!isVerified && entry?.unreadable.includes('signature_token')) {
      this.throttle.countRefusal(request.ip);
      this.metrics.refusedDeliveries.inc({ door: 'lever', reason: 'unreadable' });
      throw this.register.sendAway(installationId, 'signature_token');
    }
    this.admitRefusal(request.ip);
    await this.refuse(installationId, refusal, entry !== null);
    throw REFUSED;
  }

  /** Beyond what an address may get wrong a forgery costs no more than the look at its signature. */
  private admitRefusal(address: string): void {
    try {
      this.throttle.admitRefusal(address);
    } catch (error) {
      this.metrics.refusedDeliveries.inc({ door: 'lever', reason: 'throttled' });
      throw error;
    }
  }

  private refusalByAge(body: object): Refusal | null {
    const ageMs = this.clock.now().getTime() - Number('triggeredAt' in body ? body.triggeredAt : Number.NaN);
    if (!(ageMs <= OLDEST_MS)) return 'too_old';
    return ageMs < -FUTURE_MS ? 'in_the_future' : null;
  }

  private async refuse(installationId: string, reason: Refusal, isKnown: boolean): Promise<void> {
    const minute = Math.floor(this.clock.now().getTime() / 60_000);
    if (this.recorded.get(installationId) === minute) {
      this.metrics.refusedDeliveries.inc({ door: 'lever', reason });
      return;
    }
    this.metrics.refusedDeliveries.inc({ door: 'lever', reason: isKnown ? reason : 'unknown_installation' });
    if (!isKnown) return;
    this.recorded.set(installationId, minute);
    await this.transactions.run((tx) =>
      this.audit.recordOncePerMinute(tx, {
        action: 'webhook.refused',
        data: { door: 'lever', reason },
        actor: 'stranger',
        installationId,
      }),
    );
  }
}
