import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';

/** Makes identifiers; injected so that tests can foresee them. */
export abstract class Ids {
  /** A new UUID; later ones sort after earlier ones. */
  abstract next(): string;
}

@Injectable()
export class TimeOrderedIds extends Ids {
  override next(): string {
    return v7();
  }
}
