type Path = (string | number)[];

/** An object or list that is open where one reads. */
interface Level {
  /** Null for a list. */
  keys: Set<string> | null;
  /** The key or index of what is read in it. */
  at: string | number;
}

const COLON_NEXT = /[\t\n\r ]*:/y;

/**
 * Where an object has a key a second time, in whatever spelling (`"a"` and `"\u0061"` are one); null where none has.
 * @param text valid JSON, which is not checked
 */
export function duplicateKeyIn(text: string): Path | null {
  const levels: Level[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    const level = levels.at(-1);
    if (character === '"') {
      const end = endOfString(text, index);
      COLON_NEXT.lastIndex = end;
      if (level?.keys && COLON_NEXT.test(text)) {
        const key = JSON.parse(text.slice(index, end)) as string;
        level.at = key;
        if (level.keys.has(key)) return levels.map(({ at }) => at);
        level.keys.add(key);
      }
      index = end - 1;
    } else if (character === '{') levels.push({ keys: new Set(), at: '' });
    else if (character === '[') levels.push({ keys: null, at: 0 });
    else if (character === '}' || character === ']') levels.pop();
    else if (character === ',' && typeof level?.at === 'number') level.at++;
  }
  return null;
}

/** Behind the closing quotation mark of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === '\\' ? 2 : 1;
  return index + 1;
}

const LONGEST_KEY = 40;
const MOST_KEYS = 8;

/**
 * A path for people, dotted as in other faults. Keys come from a caller: all but letters, digits, `_`, `$` and `-` of
 * ASCII is escaped, and what is long is cut.
 */
export function showPath(path: Readonly<Path>): string {
  const half = MOST_KEYS / 2;
  const shown = path.length > MOST_KEYS ? [...path.slice(0, half), null, ...path.slice(-half)] : path;
  return shown.map((key) => (key === null ? '…' : showKey(String(key)))).join('.');
}

function showKey(key: string): string {
  const escaped = key
    .slice(0, LONGEST_KEY)
    .replaceAll(/[^\w$-]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return key.length > LONGEST_KEY ? `${escaped}…` : escaped;
}
