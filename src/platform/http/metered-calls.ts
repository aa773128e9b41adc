import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { HOLD_REASONS, type CallObserver, type HoldReason } from './call-observer.js';
import { CALL_OUTCOMES, VENDORS, type VendorCall } from './vendor-calls.js';

/** Counts calls to the vendors, for Prometheus. */
@Injectable()
export class MeteredCalls implements CallObserver {
  private readonly calls;
  private readonly seconds;
  private readonly held;

  constructor(metrics: Metrics) {
    this.calls = metrics.counter('vendor_calls_total', {
      help: 'Calls to vendors that this replica made, by how they went',
      labelNames: ['vendor', 'outcome'],
      known: VENDORS.flatMap((vendor) => CALL_OUTCOMES.map((outcome) => ({ vendor, outcome }))),
    });
    this.seconds = metrics.histogram('vendor_call_duration_seconds', {
      help: 'How long calls to vendors took, whether they were answered or not',
      labelNames: ['vendor'],
    });
    for (const vendor of VENDORS) this.seconds.zero({ vendor });
    this.held = metrics.counter('vendor_calls_held_back_total', {
      help: 'Calls to vendors that this replica did not make, by why: they are made later',
      labelNames: ['vendor', 'reason'],
      known: VENDORS.flatMap((vendor) => HOLD_REASONS.map((reason) => ({ vendor, reason }))),
    });
  }

  called({ vendor, outcome, durationMs }: Pick<VendorCall, 'vendor' | 'outcome' | 'durationMs'>): void {
    this.calls.inc({ vendor, outcome });
    this.seconds.observe({ vendor }, durationMs / 1_000);
  }

  heldBack(vendor: string, reason: HoldReason): void {
    this.held.inc({ vendor, reason });
  }
}
