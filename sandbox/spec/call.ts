import { isObject } from '../json.ts';

/** What came back over HTTP; the body is parsed when it is JSON, else text. */
export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Calls paths below one address, always with the same authorization. */
export type Caller = (method: string, path: string, body?: unknown) => Promise<Answer>;

export function caller(baseUrl: string, authorization?: string): Caller {
  return async (method, path, body) => {
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  };
}

export function basic(apiKey: string): string {
  return `Basic ${Buffer.from(`${apiKey}:`).toString('base64')}`;
}

/** The value at a path of keys and positions; undefined when something on the way is missing. */
export function dig(value: unknown, ...path: (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found) && typeof step === 'number') found = found.at(step);
    else found = isObject(found) ? found[step] : undefined;
  }
  return found;
}

/** The text at a path; fails the test when there is none. */
export function digText(value: unknown, ...path: (string | number)[]): string {
  const found = dig(value, ...path);
  if (typeof found !== 'string')
    throw new TypeError(`no text at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

/** The list at a path; fails the test when there is none. */
export function digList(value: unknown, ...path: (string | number)[]): unknown[] {
  const found = dig(value, ...path);
  if (!Array.isArray(found)) throw new TypeError(`no list at ${path.join('.')} of ${JSON.stringify(value)}`);
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
