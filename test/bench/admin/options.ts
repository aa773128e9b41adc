import { parseArgs } from 'node:util';

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Options {
  /** How many orders each database holds, one after the other. */
  sizes: number[];
  auditEntriesPerOrder: number;
  /** The databases stay for another run, which takes them as they are. */
  keep: boolean;
  /** Only calls whose name begins so are measured. */
  only: string;
  /** How often each route is called. */
  calls: number;
  /** How often all of it is measured. */
  rounds: number;
  /** A PostgreSQL in which databases may be made and dropped; null: that of all benches. */
  server: string | null;
}

/** @throws UsageError */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      orders: { type: 'string', default: '10000,1000000' },
      'audit-per-order': { type: 'string', default: '10' },
      calls: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      server: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    sizes: values.orders.split(',').map((size) => whole('--orders', size)),
    auditEntriesPerOrder: whole('--audit-per-order', values['audit-per-order']),
    rounds: whole('--rounds', values.rounds),
    keep: values.keep,
    only: values.only,
    calls: whole('--calls', values.calls),
    server: values.server ?? null,
  };
}

function whole(name: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes whole numbers from 1.`);
}
