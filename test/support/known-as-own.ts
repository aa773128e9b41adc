import { OwnAccount } from '../../src/lever/own-account.js';

/** Of a test whose credentials are of the right account. */
export class KnownAsOwn implements Pick<OwnAccount, 'demand'> {
  demand(): Promise<void> {
    return Promise.resolve();
  }
}
