import { styleText } from 'node:util';

const LEVELS: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: styleText('yellow', 'warn', { validateStream: false }),
  50: styleText('red', 'ERROR', { validateStream: false }),
  60: styleText('red', 'FATAL', { validateStream: false }),
};

/** Of no use to who sits before the one process. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'context',
  'msg',
  'err',
  'req',
]);

interface Line {
  level?: number;
  time?: number;
  context?: string;
  msg?: string;
  err?: { type?: string; message?: string; stack?: string };
  [field: string]: unknown;
}

/**
 * A line of the log as people read it in a terminal; programs get JSON.
 * @param line one JSON object, as it may be written
 */
export function prettyLine(line: string): string {
  const read = JSON.parse(line) as Line;
  const time = new Date(read.time ?? 0).toTimeString().slice(0, 8);
  const facts = Object.entries(read)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const said = [
    time,
    LEVELS[read.level ?? 30],
    read.context && `[${read.context}]`,
    read.msg,
    dim(facts.join(' ')),
  ];
  const error = read.err && [`${read.err.type ?? 'Error'}: ${read.err.message ?? ''}`, read.err.stack ?? ''];
  return [said.filter(Boolean).join(' '), ...(error ?? []), ''].join('\n');
}

const dim = (text: string): string => (text === '' ? '' : styleText('dim', text, { validateStream: false }));
