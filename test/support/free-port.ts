import { randomInt } from 'node:crypto';
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Below what systems give to outgoing connections and to who asks for any port: nobody else takes one by chance. */
const FIRST = 15_000;
const LAST = 32_000;
const TRIES = 50;

/** Where those who run side by side on a machine say which ports they have taken: it may take a while until they listen. */
const TAKEN = join(tmpdir(), 'lever-victig-ports');

/** Longer than it takes until who was given a port listens at it. */
const TAKEN_FOR_MS = 30 * 60_000;

/** A port that was free a moment ago, and that no other test is given meanwhile. */
export async function freePort(): Promise<number> {
  await mkdir(TAKEN, { recursive: true });
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST);
    if ((await isFree(port)) && (await take(port))) return port;
  }
  throw new Error(`${TRIES} ports from ${FIRST} to ${LAST} were tried, and none is free`);
}

/** False: another has. */
async function take(port: number): Promise<boolean> {
  const mark = join(TAKEN, String(port));
  try {
    await writeFile(mark, '', { flag: 'wx' });
    return true;
  } catch {
    const { mtimeMs } = await stat(mark);
    if (Date.now() - mtimeMs < TAKEN_FOR_MS) return false;
    const now = new Date();
    await utimes(mark, now, now);
    return true;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((found) => {
    const probe = createServer();
    probe.once('error', () => found(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => found(true)));
  });
}
