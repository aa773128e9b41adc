import {
  UpstreamError,
  type RequestFate,
  type UpstreamFailure,
} from '../../src/platform/errors/upstream-error.js';

/** How the next call to a vendor fails. */
export interface PlannedFailure {
  failure: UpstreamFailure;
  /** The vendor does the work, only its answer is lost. */
  afterWork?: boolean;
}

const FATES: Record<UpstreamFailure, RequestFate> = {
  unreachable: 'unknown',
  timed_out: 'unknown',
  rate_limited: 'answered',
  unavailable: 'unknown',
  unauthorized: 'answered',
  rejected: 'answered',
  malformed: 'unknown',
};

/** Makes calls of an in-memory stand-in fail as planned, as the adapters' calls do. */
export class FailurePlan {
  private next: PlannedFailure | null = null;

  constructor(private readonly vendor: string) {}

  failNext(planned: PlannedFailure): void {
    this.next = planned;
  }

  run<T>(operation: string, work: () => T): T {
    const planned = this.next;
    this.next = null;
    if (planned === null) return work();
    if (planned.afterWork === true) work();
    throw this.error(planned.failure, operation);
  }

  /** @throws always, as for something that does not exist */
  missing(operation: string): never {
    throw this.error('rejected', operation, 404);
  }

  /** @throws for what would not have ended by then */
  inTime(operation: string, endsBy: Date): void {
    if (endsBy.getTime() > Date.now()) return;
    throw new UpstreamError('timed_out', { vendor: this.vendor, operation, fate: 'not_sent' });
  }

  error(failure: UpstreamFailure, operation: string, status?: number): UpstreamError {
    return new UpstreamError(failure, {
      vendor: this.vendor,
      operation,
      fate: FATES[failure],
      ...(status !== undefined && { status }),
    });
  }
}
