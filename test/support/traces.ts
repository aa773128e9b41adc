/** Where something was found that should not be there. */
export interface Trace {
  place: string;
  what: string;
  form: string;
}

/**
 * Looks for each text in each place: in plain (any case), as JSON and URLs escape it, in hexadecimal, and in base64
 * wherever in a group of three bytes it may begin.
 */
export function tracesOf(texts: Record<string, string>, places: Record<string, string>): Trace[] {
  const traces: Trace[] = [];
  for (const [place, content] of Object.entries(places)) {
    const folded = content.toLowerCase();
    for (const [what, text] of Object.entries(texts)) {
      for (const { form, needle, isExact } of formsOf(text)) {
        const isThere = isExact ? content.includes(needle) : folded.includes(needle.toLowerCase());
        if (isThere) traces.push({ place, what, form });
      }
    }
  }
  return traces;
}

function formsOf(text: string): { form: string; needle: string; isExact: boolean }[] {
  const bytes = Buffer.from(text, 'utf8');
  const loose = {
    plain: text,
    json: asciiJson(text),
    url: encodeURIComponent(text),
    hex: bytes.toString('hex'),
  };
  return [
    ...Object.entries(loose).map(([form, needle]) => ({ form, needle, isExact: false })),
    ...[0, 1, 2].flatMap((before) =>
      (['base64', 'base64url'] as const).map((form) => ({
        form,
        needle: encodedBehind(before, bytes, form),
        isExact: true,
      })),
    ),
  ];
}

const asciiJson = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The characters that hold the bytes and nothing else, when so many other bytes stand before them. */
function encodedBehind(before: number, bytes: Buffer, form: 'base64' | 'base64url'): string {
  const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString(form);
  return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
