import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Debian's package is unpacked; nothing of it is installed, and so no Prometheus is started by the system. */
const UNPACKED = 'node_modules/.cache/prometheus';

const PLACES = [process.env['PROMETHEUS_DIR'], '/usr/bin', join(UNPACKED, 'usr/bin')];

/** The folder with `prometheus` and `promtool`; null where there is none. Another one can be named. */
export const prometheusDir = (): string | null =>
  PLACES.find((place) => place !== undefined && existsSync(join(place, 'promtool'))) ?? null;

/** Fetches Debian's Prometheus where it is missing and can be had; else says in one line why nothing is tested. */
export default function havePrometheus(): void {
  if (prometheusDir() === null && existsSync('/usr/bin/apt-get')) {
    process.stdout.write('Prometheus is missing: apt-get download prometheus …\n');
    unpackDebianPackage();
  }
  if (prometheusDir() === null) {
    process.stdout.write(
      'SKIPPED: there is no Prometheus and it cannot be fetched; no alert was provoked.\n',
    );
  }
}

function unpackDebianPackage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const run = (program: string, ...args: string[]): void => {
    spawnSync(program, args, { cwd: folder, stdio: 'ignore', timeout: 300_000 });
  };
  if (process.getuid?.() === 0) run('apt-get', 'update');
  run('apt-get', 'download', 'prometheus');
  const [file] = readdirSync(folder);
  if (file !== undefined) {
    mkdirSync(UNPACKED, { recursive: true });
    run('dpkg-deb', '--extract', file, join(process.cwd(), UNPACKED));
  }
  rmSync(folder, { recursive: true });
}
