import { Clock } from '../../src/platform/clock.js';

/** A clock that stands until it is moved. */
export class SetClock extends Clock {
  constructor(private nowMs: number = Date.UTC(2026, 10, 23)) {
    super();
  }

  override now(): Date {
    return new Date(this.nowMs);
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}
