/** The part named `file` of a multipart body: its name and its size in bytes; undefined when there is none. */
export function readFilePart(body: Buffer, contentType: string): { name: string; size: number } | undefined {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const delimiter = Buffer.from(`--${boundary}`);
  let start = body.indexOf(delimiter);
  while (start >= 0) {
    const partStart = start + delimiter.length;
    const end = body.indexOf(delimiter, partStart);
    if (end < 0) return undefined;
    const file = readPart(body.subarray(partStart, end));
    if (file) return file;
    start = end;
  }
  return undefined;
}

function readPart(part: Buffer): { name: string; size: number } | undefined {
  const headEnd = part.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = part.subarray(0, headEnd).toString();
  const name = /\bfilename="([^"]*)"/i.exec(head)?.[1];
  if (!/\bname="file"/i.test(head) || name === undefined) return undefined;
  // A part ends with a line break that belongs to the delimiter.
  return { name, size: part.length - headEnd - 4 - 2 };
}
