import { spawnSync } from 'node:child_process';
import { judgeAudit, type Verdict } from './judge-audit.ts';

// Asks the registry which known vulnerabilities the locked dependencies have. Policy: docs/security.md.

const WAIT_MS = 60_000;

function audit(...scope: string[]): Verdict {
  const { stdout } = spawnSync('npm', ['audit', '--json', ...scope], { encoding: 'utf8', timeout: WAIT_MS });
  return judgeAudit(stdout ?? '');
}

const say = (what: string, { outcome, findings }: Verdict): void => {
  process.stdout.write(
    `dependency audit, ${what}: ${outcome}\n${findings.map((line) => `  ${line}\n`).join('')}`,
  );
};

const production = audit('--omit=dev');
say('what runs in production', production);
if (production.outcome === 'not answered') {
  process.stdout.write('  The registry does not answer for now: nothing is known, and the build goes on.\n');
} else {
  say('with development', audit());
}
if (production.outcome === 'failed') process.exitCode = 1;
