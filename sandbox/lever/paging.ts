import type { JsonObject } from '../json.ts';
import { textAt } from '../json.ts';
import { LeverError } from './lever-errors.ts';

export interface LeverPage<T> {
  data: T[];
  hasNext: boolean;
  /** Absent on the last page. Percent-encoded already, as on the wire. */
  next?: string;
}

interface Listed {
  id: string;
  createdAt: number;
}

/** One page of a list that is sorted newest first. The token names the last row, so it is stable under writes. */
export function pageOf<T extends Listed>(rows: readonly T[], query: JsonObject): LeverPage<T> {
  const limit = limitOf(query);
  const offset = textAt(query, 'offset');
  const start = offset === undefined ? 0 : startAfter(rows, offset);
  const data = rows.slice(start, start + limit);
  const last = data.at(-1);
  if (!last || start + limit >= rows.length) return { data, hasNext: false };
  return { data, hasNext: true, next: encodeURIComponent(JSON.stringify([3, last.createdAt, last.id])) };
}

function limitOf(query: JsonObject): number {
  const text = textAt(query, 'limit');
  if (text === undefined) return 100;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new LeverError(400, 'limit must be a number from 1 to 100');
  }
  return limit;
}

function startAfter(rows: readonly Listed[], offset: string): number {
  const { createdAt, id } = readToken(offset);
  const index = rows.findIndex((row) => row.id === id);
  if (index >= 0) return index + 1;
  const older = rows.findIndex((row) => row.createdAt < createdAt);
  return older < 0 ? rows.length : older;
}

/** Clients send `next` as it came (decoded once by HTTP) or encoded again; both page on. */
function readToken(offset: string): Listed {
  try {
    const token: unknown = JSON.parse(offset.startsWith('%') ? decodeURIComponent(offset) : offset);
    if (Array.isArray(token) && typeof token[1] === 'number' && typeof token[2] === 'string') {
      return { createdAt: token[1], id: token[2] };
    }
  } catch {
    // Answered below, like any other token that is not ours.
  }
  throw new LeverError(400, 'Invalid offset token');
}
