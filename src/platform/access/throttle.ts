import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import { appConfig, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../errors/domain-error.js';
import { Metrics } from '../metrics/metrics.js';
import { Allowance } from './allowance.js';
import { networkOf } from './network-of.js';
import type { Principal } from './principal.js';

/**
 * How often one may call: a key or token, an address, and an address that fails to prove who it is (A5, T1). What has
 * proved to come from Lever or VICTIG is never counted: their addresses are shared by all their customers, so that a
 * stranger among them could else keep everyone's deliveries out.
 */
@Injectable()
export class Throttle {
  private readonly ofCaller: Allowance;
  private readonly ofAddress: Allowance;
  private readonly refusalsOfAddress: Allowance;

  constructor(
    @Inject(appConfig.KEY) { access: { limits } }: Pick<AppConfig, 'access'>,
    clock: Clock,
    private readonly metrics: Metrics,
  ) {
    this.ofCaller = new Allowance(limits.ofCaller, clock);
    this.ofAddress = new Allowance(limits.ofAddress, clock);
    this.refusalsOfAddress = new Allowance(limits.refusalsOfAddress, clock);
  }

  /** @throws DomainError `too_many_requests` */
  admitCaller({ actor }: Principal): void {
    this.admit('caller', this.ofCaller.take(actor));
  }

  /** How a caller stands, as draft-ietf-httpapi-ratelimit-headers-10 writes it; nothing where there is no limit. */
  headersFor({ actor }: Principal): Record<string, string> {
    const standing = this.ofCaller.standingOf(actor);
    if (standing === null) return {};
    const { perMinute, left, wholeInMs } = standing;
    return {
      'ratelimit-policy': `"minute";q=${perMinute};w=60`,
      ratelimit: `"minute";r=${left};t=${Math.ceil(wholeInMs / 1_000)}`,
    };
  }

  /** @throws DomainError `too_many_requests` */
  admitAddress(address: string): void {
    this.admit('address', this.ofAddress.take(networkOf(address)));
  }

  /** Counts a call that did not prove who makes it. @throws DomainError `too_many_requests` */
  admitRefusal(address: string): void {
    this.admit('refusal', this.refusalsOfAddress.take(networkOf(address)));
  }

  /** As `admitRefusal`, of what may be proved later and is therefore not turned away for what others did. */
  countRefusal(address: string): void {
    this.refusalsOfAddress.take(networkOf(address));
  }

  /** Whether the next call of the address that does not prove who makes it would be refused. */
  isSuspect(address: string): boolean {
    return this.refusalsOfAddress.isSpent(networkOf(address));
  }

  private admit(by: 'caller' | 'address' | 'refusal', waitMs: number): void {
    if (waitMs === 0) return;
    this.metrics.throttledRequests.inc({ by });
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    throw new DomainError('throttled', 'too_many_requests', `Too many requests: try again in ${seconds} s.`, {
      retryAfterSeconds: seconds,
    });
  }
}
