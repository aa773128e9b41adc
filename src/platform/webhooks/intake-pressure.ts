import { Injectable } from '@nestjs/common';

/** So many at a time are no burst: each is answered in a few milliseconds. */
const MANY = 16;

/** How many deliveries wait for their answer: whoever has time lets them go first, for a sender waits for seconds only. */
@Injectable()
export class IntakePressure {
  private waiting = 0;

  get isHigh(): boolean {
    return this.waiting > MANY;
  }

  /** Counts a delivery until it is kept, or refused. */
  async during<T>(keeping: Promise<T>): Promise<T> {
    this.waiting += 1;
    try {
      return await keeping;
    } finally {
      this.waiting -= 1;
    }
  }
}
