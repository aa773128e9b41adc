import { Client, type ClientConfig } from 'pg';

/**
 * A connection whose end never ends the process. `pg` throws what nobody listens for, and a connection can be lost in
 * the moments in which a pool hands it over or nobody uses it; its next statement fails anyhow, and tells whom it
 * concerns.
 */
export class SteadyClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}
