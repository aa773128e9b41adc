import { parseArgs } from 'node:util';

/** What a run is asked for on the command line. */
export interface Options {
  /** How many stage changes into the trigger stage recruiters begin with. */
  orders: number;
  seed: number;
  /** One replica on the embedded database instead of several on PostgreSQL. */
  embedded: boolean;
  replicas: number;
  /** Nothing fails, but the replicas are restarted in turn all the time. */
  rolling: boolean;
  /** A command that has the database server die and start again; run every some seconds. */
  crash: string | null;
  /** Over how long the stage changes are spread. */
  feedMs: number;
  /** How long things are made to go wrong after the last stage change. */
  stormAfterMs: number;
  /** How long the work may stand still, with something not right yet, once nothing goes wrong any more. */
  settleMs: number;
}

const USAGE = `npm run test:chaos -- [--orders 1000] [--seed 1] [--replicas 2 | --embedded] [--rolling]
                      [--crash 'pg_ctl -m immediate -w restart …']
                      [--feed-seconds n] [--storm-seconds n] [--settle-seconds n]

Without --embedded, TEST_DATABASE_URL or DATABASE_URL names a PostgreSQL where a database may be made.`;

/** A command line that cannot be used; its message is meant for a terminal. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
  }
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const orders = wholeNumber('orders', values.orders, 1000, 1);
  const embedded = values.embedded ?? false;
  if (values.crash !== undefined && (embedded || values.rolling === true)) {
    throw new UsageError('--crash goes with neither --embedded nor --rolling.');
  }
  const seconds = (name: string, given: string | undefined, fallback: number): number =>
    wholeNumber(name, given, fallback, 0) * 1_000;
  return {
    orders,
    seed: wholeNumber('seed', values.seed, 1, 0),
    embedded,
    rolling: values.rolling ?? false,
    crash: values.crash ?? null,
    replicas: embedded ? 1 : wholeNumber('replicas', values.replicas, 2, 1),
    feedMs: seconds('feed-seconds', values['feed-seconds'], Math.ceil(orders / 6)),
    stormAfterMs: seconds('storm-seconds', values['storm-seconds'], 30),
    settleMs: seconds('settle-seconds', values['settle-seconds'], 300),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        orders: text,
        seed: text,
        embedded: { type: 'boolean' },
        replicas: text,
        rolling: { type: 'boolean' },
        crash: text,
        'feed-seconds': text,
        'storm-seconds': text,
        'settle-seconds': text,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, given: string | undefined, fallback: number, min: number): number {
  const value = given === undefined ? fallback : Number(given);
  if (!Number.isSafeInteger(value) || value < min) {
    throw new UsageError(`--${name} must be a whole number of at least ${min}.`);
  }
  return value;
}
