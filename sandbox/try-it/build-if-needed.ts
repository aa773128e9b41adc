import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Something that is built from sources by a script of package.json. */
interface Part {
  name: string;
  /** A file that the build leaves. */
  built: string;
  sources: readonly string[];
  script: string;
}

const SERVICE: Part = {
  name: 'service',
  built: 'dist/main.js',
  sources: ['src', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'],
  script: 'build:service',
};

const PAGE: Part = {
  name: 'page',
  built: 'sandbox/page/dist/index.html',
  sources: ['sandbox/page/src', 'sandbox/page/index.html', 'sandbox/page/vite.config.ts', 'package.json'],
  script: 'build:page',
};

/** Builds the service unless what was built is newer than every source. Throws when it does not build. */
export const buildIfNeeded = (): void => build(SERVICE);

/** Likewise the page of the sandbox. */
export const buildPageIfNeeded = (): void => build(PAGE);

function build({ name, built, sources, script }: Part): void {
  if (existsSync(built) && sources.every((path) => newestIn(path) < statSync(built).mtimeMs)) return;
  console.log(`Building the ${name} …`);
  // Whatever this process is run for: tests would get React's development build.
  const env = { ...process.env, NODE_ENV: 'production' };
  const run = spawnSync('npm', ['run', '--silent', script], { stdio: 'inherit', env });
  if (run.status !== 0) throw new Error(`The ${name} does not build; see above.`);
}

/** When the newest file at or below the path was changed, in epoch milliseconds. */
function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newestIn(join(path, name))));
}
