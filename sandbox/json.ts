/** A JSON object of which nothing is known yet. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The text under `key`; undefined when it is absent or something else. */
export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}

/** The text under `key`, or null; undefined when it is absent or something else. */
export function nullableTextAt(object: JsonObject, key: string): string | null | undefined {
  return object[key] === null ? null : textAt(object, key);
}

export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' ? value : undefined;
}

export function flagAt(object: JsonObject, key: string): boolean | undefined {
  const value = object[key];
  return typeof value === 'boolean' ? value : undefined;
}

/** The texts in the list under `key`; undefined when there is no list or it holds anything else. */
export function textsAt(object: JsonObject, key: string): string[] | undefined {
  const value = object[key];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** The objects in the list under `key`; undefined when there is no list or it holds anything else. */
export function objectsAt(object: JsonObject, key: string): JsonObject[] | undefined {
  const value = object[key];
  return Array.isArray(value) && value.every(isObject) ? value : undefined;
}

/** A text, or several (a repeated query parameter), as a list. */
export function listAt(object: JsonObject, key: string): string[] {
  const one = textAt(object, key);
  return one === undefined ? (textsAt(object, key) ?? []) : [one];
}
