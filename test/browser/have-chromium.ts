import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian puts its Chromium; another one can be named. */
export const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Installs Debian's Chromium where it is missing and can be had; else says in one line why nothing is tested. */
export default function haveChromium(): void {
  if (existsSync(CHROMIUM)) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Chromium is missing: apt-get install chromium …\n');
    const apt = (...args: string[]): void => {
      spawnSync('apt-get', args, {
        stdio: 'ignore',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        timeout: 300_000,
      });
    };
    apt('update');
    apt('install', '--yes', '--no-install-recommends', 'chromium');
  }
  if (!existsSync(CHROMIUM)) {
    process.stdout.write(
      `SKIPPED: there is no ${CHROMIUM} and it cannot be installed; no browser test ran.\n`,
    );
  }
}
