import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BUILT = 'dist/main.js';
const SOURCES = ['src', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds the service unless what was built is newer than every source. Throws when it does not build. */
export function buildIfNeeded(): void {
  if (existsSync(BUILT) && SOURCES.every((path) => newestIn(path) < statSync(BUILT).mtimeMs)) return;
  console.log('Building the service …');
  const build = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('The service does not build; see above.');
}

/** When the newest file at or below the path was changed, in epoch milliseconds. */
function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newestIn(join(path, name))));
}
