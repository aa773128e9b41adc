import type { ClientConfig } from 'pg';
import { SteadyClient } from './steady-client.js';

type Ask = (...args: unknown[]) => unknown;
type Callback = (...results: unknown[]) => void;

/**
 * The class of a pool's connections, each of which is closed when an answer does not come: whoever waits gets an error,
 * and the pool makes another. With `query_timeout` of `pg` the question alone fails, and its connection goes back into
 * the pool, where the next question waits behind it.
 * @param silenceMs longer than the server takes to end a statement by itself (`statement_timeout`)
 */
export function impatientClient(silenceMs: number): typeof SteadyClient {
  return class ImpatientClient extends SteadyClient {
    constructor(config?: string | ClientConfig) {
      super(config);
      const ask = this.query.bind(this) as Ask;
      this.query = ((...args: unknown[]) => this.askInTime(ask, args)) as typeof this.query;
    }

    private askInTime(ask: Ask, args: unknown[]): unknown {
      // With a question on its way `end` does not say goodbye, which would be swallowed too.
      const alarm = setTimeout(() => void this.end(), silenceMs);
      const last = args.at(-1);
      if (typeof last === 'function') {
        const answered = (...results: unknown[]): void => {
          clearTimeout(alarm);
          (last as Callback)(...results);
        };
        return ask(...args.slice(0, -1), answered);
      }
      const answer = ask(...args);
      const silence = (): void => clearTimeout(alarm);
      // A cursor is no promise: it is asked again and again, by whoever has it.
      if (answer instanceof Promise) answer.then(silence, silence);
      else silence();
      return answer;
    }
  };
}
