import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './say.ts';

// What `--profile <folder>` of a bench adds: where the service's processor time went, by package and by function. The
// `.cpuprofile` stays in the folder, for a flame graph in the browser's developer tools.

/** The parts of a `.cpuprofile` that are read; times in microseconds. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const SHOWN = 20;
const IDLE: ReadonlySet<string> = new Set(['(idle)', '(root)']);

export const profileArgs = (folder: string | undefined): string[] =>
  folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];

/**
 * Says where the time of the process that ended last went. It has to end by itself, on SIGTERM.
 * @param startMs what it needed to start, which is left out
 */
export function sayProfile(folder: string, startMs: number): void {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .toSorted()
    .at(-1);
  if (newest === undefined) throw new Error(`there is no .cpuprofile in ${folder}`);
  const profile = JSON.parse(readFileSync(join(folder, newest), 'utf8')) as CpuProfile;
  const nodes = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPackage = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busyUs = 0;
  let passedUs = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = nodes.get(id);
    const tookUs = profile.timeDeltas[index] ?? 0;
    passedUs += tookUs;
    if (!frame || IDLE.has(frame.functionName) || passedUs < startMs * 1_000) continue;
    const place = packageOf(frame.url);
    busyUs += tookUs;
    add(byPackage, place || frame.functionName || 'native', tookUs);
    add(byFunction, `${frame.functionName || '(anonymous)'} ${place}`.trim(), tookUs);
  }
  say(`\n${newest}: ${(busyUs / 1e6).toFixed(1)} s of processor time`);
  sayLargest('package', byPackage, busyUs);
  sayLargest('function', byFunction, busyUs);
}

function sayLargest(what: string, times: ReadonlyMap<string, number>, busyUs: number): void {
  say(`\n| by ${what} | of the time |\n| --- | ---: |`);
  const largest = [...times].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  for (const [name, tookUs] of largest) say(`| ${name} | ${((100 * tookUs) / busyUs).toFixed(1)} % |`);
}

/** `pg`, `@nestjs/core`, `src/orders`, `node:net`; empty for what has no file. */
function packageOf(url: string): string {
  const installed = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  if (url.startsWith('node:')) return url.split('/')[0] ?? url;
  const own = /\/dist\/([^/]+(?:\/[^/]+)?)\//.exec(url)?.[1] ?? (url.includes('/dist/') ? '' : undefined);
  return own === undefined ? '' : `src/${own}`;
}

function add(times: Map<string, number>, name: string, tookUs: number): void {
  times.set(name, (times.get(name) ?? 0) + tookUs);
}
