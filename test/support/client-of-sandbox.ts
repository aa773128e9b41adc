import { SystemClock } from '../../src/platform/clock.js';
import type { AppConfig } from '../../src/platform/config/app-config.js';
import { JsonClient, type JsonAnswer, type JsonRequest } from '../../src/platform/http/json-client.js';
import { OutgoingHosts } from '../../src/platform/http/outgoing-hosts.js';
import type { PlannedFailure } from './failure-plan.js';

const SILENCE_MS = 1_000;

/** Waits for answers as the service does, but not long for the one that a test has planned never to come. */
export class ClientOfSandbox extends JsonClient {
  private isSilenceNext = false;

  constructor(config: AppConfig) {
    super(OutgoingHosts.of(config), new SystemClock());
  }

  expectNext({ failure }: PlannedFailure): void {
    this.isSilenceNext = failure === 'timed_out';
  }

  override send<T>(request: JsonRequest<T>): Promise<JsonAnswer<T>> {
    const limit = this.isSilenceNext ? { timeoutMs: SILENCE_MS } : {};
    this.isSilenceNext = false;
    return super.send({ ...request, ...limit });
  }
}
