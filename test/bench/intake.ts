import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { stageChange } from './deliveries.ts';
import { applyLoad, median, percentile, type Spell } from './load.ts';
import { sayProfile } from './profile.ts';
import { say } from './say.ts';
import { Stage } from './stage.ts';

// `npm run bench:intake`: how many deliveries the service takes in, beside a bare Fastify handler, in one run. Every
// answer is checked against the rows in the database. The short version that CI runs checks those, and no time.
// `-- --profile <folder>` measures nothing else but where the service's processor time goes, for each kind of delivery.

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '64' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});
const ROUNDS = Number(options.rounds);
const DURATION_MS = Number(options.seconds) * 1_000;
const CONNECTIONS = Number(options.connections);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

buildIfNeeded();
const stage = await Stage.set();

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;

interface Kind {
  name: string;
  port: () => number;
  path: string;
  nextBody: () => string;
  status: number;
}

try {
  let service = await stage.startService({}, options.profile);
  const customer = await stage.addCustomer(service.port, 'acme');
  const { signatureToken } = customer;
  const bare = await stage.start(['test/bench/bare-fastify.ts'], { SIGNATURE_TOKEN: signatureToken });
  const path = `/webhooks/lever/${customer.id}`;
  const wanted = (): string => stageChange({ signatureToken });
  const servicePort = (): number => service.port;
  const kinds: Kind[] = [
    {
      name: 'bare Fastify, one row',
      port: () => bare.port,
      path: '/webhook',
      nextBody: wanted,
      status: 200,
    },
    { name: 'queued a job', port: servicePort, path, nextBody: wanted, status: 200 },
    {
      name: 'ignored',
      port: servicePort,
      path,
      nextBody: () => stageChange({ signatureToken, stageId: 'offer' }),
      status: 200,
    },
    {
      name: 'forged',
      port: servicePort,
      path,
      nextBody: () => stageChange({ signatureToken: 'a guess' }),
      status: 401,
    },
  ];
  const spellOf = (kind: Kind): Promise<Spell> =>
    applyLoad({
      port: kind.port(),
      path: kind.path,
      connections: CONNECTIONS,
      durationMs: DURATION_MS,
      nextBody: kind.nextBody,
    });
  await (options.profile ? profileKinds(options.profile) : measureKinds());

  async function profileKinds(folder: string): Promise<void> {
    for (const kind of kinds.slice(1)) {
      await spellOf(kind);
      await service.process.end('SIGTERM');
      say(`\n## ${kind.name}`);
      sayProfile(folder, service.startMs);
      service = await stage.startService({}, folder);
    }
  }

  async function measureKinds(): Promise<void> {
    const spells = new Map<string, Spell[]>(kinds.map(({ name }) => [name, []]));
    const wrong: string[] = [];
    const accepted = new Map<string, number>();
    let peakMb = 0;
    const watch = setInterval(() => (peakMb = Math.max(peakMb, residentMb(service.process.pid))), 200);

    for (let round = 0; round < ROUNDS; round++) {
      for (const kind of kinds) {
        const spell = await spellOf(kind);
        spells.get(kind.name)?.push(spell);
        const right = spell.answers.get(kind.status) ?? 0;
        accepted.set(kind.name, (accepted.get(kind.name) ?? 0) + (kind.status === 200 ? right : 0));
        const all = [...spell.answers.values()].reduce((sum, count) => sum + count, 0) + spell.unanswered;
        if (right !== all)
          wrong.push(`${kind.name}: ${all - right} of ${all} were not answered ${kind.status}`);
      }
    }

    // Killed in the middle: whatever was answered 200 must be there.
    const answered: string[] = [];
    const killed = applyLoad({
      port: service.port,
      path,
      connections: CONNECTIONS,
      durationMs: DURATION_MS,
      nextBody: wanted,
      onAccepted: (body) => answered.push((JSON.parse(body) as { token: string }).token),
    });
    setTimeout(() => void service.process.end('SIGKILL'), DURATION_MS / 2);
    await killed;
    clearInterval(watch);
    service = await stage.startService();

    const [rows] = await stage.database.read<{ bare: number; kept: number; ignored: number }>(
      `SELECT (SELECT count(*)::int FROM bare_deliveries) AS bare,
            (SELECT count(*)::int FROM deliveries WHERE reason IS DISTINCT FROM 'other_stage') AS kept,
            (SELECT count(*)::int FROM deliveries WHERE reason = 'other_stage') AS ignored`,
    );
    const kept = new Set(
      (await stage.database.read<{ key: string }>('SELECT dedupe_key AS key FROM deliveries')).map(
        ({ key }) => key,
      ),
    );
    const lost = answered.filter((token) => !kept.has(sha256(token))).length;
    const check = (what: string, found: number | undefined, atLeast: number): void => {
      if (found === undefined || found < atLeast)
        wrong.push(`${what}: ${atLeast} were answered 200, ${found} are kept`);
    };
    check('bare', rows?.bare, accepted.get('bare Fastify, one row') ?? 0);
    check('queued a job', rows?.kept, (accepted.get('queued a job') ?? 0) + answered.length);
    check('ignored', rows?.ignored, accepted.get('ignored') ?? 0);
    if (lost > 0)
      wrong.push(`killed in the middle: ${lost} of ${answered.length} that were answered 200 are lost`);

    const rate = ({ answers, elapsedMs }: Spell): number =>
      [...answers.values()].reduce((sum, count) => sum + count, 0) / (elapsedMs / 1_000);
    const bareSpells = spells.get('bare Fastify, one row') ?? [];
    const results = kinds.map(({ name }) => {
      const own = spells.get(name) ?? [];
      const rates = own.map(rate);
      const p = (share: number): number =>
        median(own.map(({ latenciesMs }) => percentile(latenciesMs, share)));
      return {
        name,
        perSecond: Math.round(median(rates)),
        lowest: Math.round(Math.min(...rates)),
        highest: Math.round(Math.max(...rates)),
        ratio: median(own.map((spell, round) => rate(spell) / rate(bareSpells[round] ?? spell))),
        p50Ms: p(0.5),
        p99Ms: p(0.99),
      };
    });
    say(
      `\n${ROUNDS} rounds of ${DURATION_MS / 1_000} s, ${CONNECTIONS} connections; medians, ratios within a round\n`,
    );
    say('| deliveries            |  per second | lowest to highest | to bare | p50 ms | p99 ms |');
    say('| --------------------- | ----------: | ----------------: | ------: | -----: | -----: |');
    for (const { name, perSecond, lowest, highest, ratio, p50Ms, p99Ms } of results) {
      say(
        `| ${name.padEnd(21)} | ${String(perSecond).padStart(11)} | ${`${lowest} to ${highest}`.padStart(17)} | ${ratio
          .toFixed(2)
          .padStart(7)} | ${p50Ms.toFixed(1).padStart(6)} | ${p99Ms.toFixed(1).padStart(6)} |`,
      );
    }
    say(`\nResident memory of the service at its peak: ${peakMb.toFixed(0)} MB`);
    say(`Killed in the middle: ${answered.length} answered 200, ${lost} lost`);
    for (const line of wrong) say(`WRONG: ${line}`);
    if (options.json) {
      mkdirSync(dirname(options.json), { recursive: true });
      writeFileSync(options.json, JSON.stringify({ results, peakMb, lost, wrong }, null, 2));
    }
    process.exitCode = wrong.length === 0 ? 0 : 1;
  }
} finally {
  await stage.strike();
}
