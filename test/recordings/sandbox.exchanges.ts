import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isObject, objectOf } from '../../sandbox/json.ts';
import type { JsonObject } from '../../sandbox/json.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/recordings', import.meta.url));

/** One request to a real vendor and its answer, as recorded. */
export interface Exchange {
  /** Folder and file, e.g. `lever/get-stages`. */
  name: string;
  method: string;
  query: JsonObject;
  requestBody: unknown;
  status: number;
  /** Empty when none were recorded. */
  responseHeaders: JsonObject;
  responseBody: unknown;
}

/** Recorded traffic is not part of the project: it may be absent. */
export const RECORDINGS_ARE_HERE = existsSync(FOLDER);

export function readExchanges(): Exchange[] {
  if (!RECORDINGS_ARE_HERE) return [];
  return ['lever', 'tazapi'].flatMap((vendor) =>
    readdirSync(`${FOLDER}/${vendor}`)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => readFile(`${vendor}/${file.slice(0, -'.json'.length)}`)),
  );
}

function readFile(name: string): Exchange[] {
  const entries: unknown = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, 'utf8'));
  if (!Array.isArray(entries)) throw new TypeError(`${name} is not a list`);
  return entries.filter(isObject).map((entry) => ({
    name,
    method: String(entry['method']),
    query: objectOf(entry['query']),
    requestBody: entry['requestBody'] ?? undefined,
    status: Number(entry['status']),
    responseHeaders: objectOf(entry['responseHeaders']),
    responseBody: entry['responseBody'],
  }));
}
