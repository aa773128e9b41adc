import type { ClientConfig } from 'pg';
import { StatementNames } from './statement-names.js';
import { SteadyClient } from './steady-client.js';

type Ask = (...args: unknown[]) => unknown;
type Callback = (...results: unknown[]) => void;

/** The same statement has the same name on every connection. */
const names = new StatementNames();

/**
 * The connection is not what it was taken for: a statement as it was prepared no longer fits, for a table is another by now
 * or a proxy has changed the connection; or it takes no writes, which it may never do again, though the next one does.
 */
const OUTDATED: ReadonlySet<string> = new Set(['0A000', '26000', '25006']);

const isOutdated = (error: unknown): boolean => OUTDATED.has((error as { code?: string }).code ?? '');

/**
 * The class of a pool's connections, each of which is closed when an answer does not come: whoever waits gets an error,
 * and the pool makes another. With `query_timeout` of `pg` the question alone fails, and its connection goes back into
 * the pool, where the next question waits behind it. Statements that are asked again and again are prepared.
 * @param silenceMs longer than the server takes to end a statement by itself (`statement_timeout`)
 */
export function impatientClient(silenceMs: number): typeof SteadyClient {
  return class ImpatientClient extends SteadyClient {
    constructor(config?: string | ClientConfig) {
      super(config);
      const ask = this.query.bind(this) as Ask;
      this.query = ((...args: unknown[]) => this.askInTime(ask, named(args))) as typeof this.query;
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
      const failed = (error: unknown): void => {
        silence();
        // The next connection is as the database is by then.
        if (isOutdated(error)) void this.end();
      };
      // A cursor is no promise: it is asked again and again, by whoever has it.
      if (answer instanceof Promise) answer.then(silence, failed);
      else silence();
      return answer;
    }
  };
}

/** The arguments of a question, with a name where the server shall keep its plan. */
function named(args: unknown[]): unknown[] {
  const [text, values, ...rest] = args;
  if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return args;
  const name = names.nameOf(text);
  return name === undefined ? args : [{ name, text, values: values as unknown[] }, ...rest];
}
