import { Injectable } from '@nestjs/common';
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether it is a UUID, in either case and of any version. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** Makes identifiers; injected so that tests can foresee them. */
export abstract class Ids {
  /** A new UUID; later ones sort after earlier ones. */
  abstract next(): string;
}

/** What a UUID takes of chance. */
const BYTES = 16;

/** Asked for in advance: asking the system takes longer than all else, however little is asked for. */
const chance = Buffer.alloc(256 * BYTES);
let used = chance.length;

/** Of the latest id of this process, whoever made it. */
const latest = { ms: 0, number: 0 };

@Injectable()
export class TimeOrderedIds extends Ids {
  override next(): string {
    if (used === chance.length) {
      randomFillSync(chance);
      used = 0;
    }
    const random = chance.subarray(used, (used += BYTES));
    const now = Date.now();
    if (now > latest.ms) {
      latest.ms = now;
      // Half of the 32 bits that are counted in are left for those of the same moment (RFC 9562, section 6.2).
      latest.number = random.readUInt32BE() >>> 1;
    } else {
      latest.number += 1;
    }
    return v7({ random, msecs: latest.ms, seq: latest.number });
  }
}
