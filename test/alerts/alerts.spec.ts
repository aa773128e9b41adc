import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SEED } from '../../sandbox/seed.ts';
import { verifyAudit } from '../../src/audit/jobs.js';
import { reconcileOrders } from '../../src/orders/jobs.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { prometheusDir } from './have-prometheus.js';
import { startPrometheus, type Alert, type Prometheus } from './prometheus.js';

const RULES = 'deploy/prometheus-alerts.yaml';
const DASHBOARD = 'deploy/grafana-dashboard.json';
const HOUR_MS = 3_600_000;

const text = readFileSync(RULES, 'utf8');
/** What makes an alert wait is the only thing that differs from what is deployed. */
const impatientRules = text.replaceAll(/^( +for:) \w+$/gm, '$1 2s');

const NAMES = [...text.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

interface Stage {
  service: TestService;
  play: Play;
  prometheus: Prometheus;
}

/** What is done to a healthy service, and what must be said of it then. */
interface Misfortune {
  of: string;
  alerts: readonly string[];
  env?: Record<string, string>;
  /** Without an installation: of a service that is gone nothing can be set up. */
  happens: (stage: Stage) => Promise<unknown>;
  /** It goes on until the alert is there. */
  goesOn?: (stage: Stage) => void;
  /** The service is past an orderly end. */
  breaks?: true;
}

const times = async (count: number, act: () => Promise<unknown>): Promise<void> => {
  for (let n = 0; n < count; n++) await act();
};
const moveSome = async (play: Play, count: number): Promise<string[]> => {
  const ids: string[] = [];
  await times(count, async () => {
    const id = await play.candidate();
    await play.move(id);
    ids.push(id);
  });
  return ids;
};
const fault = (play: Play, vendor: 'lever' | 'victig', more: object): Promise<unknown> =>
  play.drive('POST', '/faults', { vendor, times: null, ...more });

/** Keeps all connections of the service's pool, and has one more piece of work wait for another. */
async function holdConnections({ service }: Stage): Promise<void> {
  const { poolSize = 1 } = service.database.options as { poolSize?: number };
  let release = (): void => undefined;
  const released = new Promise<void>((end) => (release = end));
  const held = Array.from({ length: poolSize }, () =>
    service.database.transaction(async () => released).catch(() => undefined),
  );
  letGo.push(async () => {
    release();
    await Promise.all(held);
  });
}
const letGo: (() => Promise<unknown>)[] = [];

const MISFORTUNES: readonly Misfortune[] = [
  {
    of: 'a replica that is gone',
    alerts: ['ReplicaDown'],
    breaks: true,
    happens: ({ service }) => service.stop(),
  },
  {
    of: 'an event loop that is held up',
    alerts: ['EventLoopBlocked'],
    happens: () => Promise.resolve(),
    goesOn: () => {
      const untilMs = performance.now() + 800;
      while (performance.now() < untilMs);
    },
  },
  {
    of: 'a database that is gone',
    alerts: ['DatabaseDown'],
    breaks: true,
    env: { METRICS_FRESH_SECONDS: '1', DATABASE_PATIENCE_SECONDS: '1' },
    happens: ({ service }) => service.database.destroy(),
  },
  {
    of: 'a pool whose connections are all in use',
    alerts: ['DatabasePoolExhausted'],
    happens: holdConnections,
    goesOn: ({ service }) => void service.database.query('SELECT 1').catch(() => undefined),
  },
  {
    of: 'a table that may not be read',
    alerts: ['MetricsStale'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: ({ service }) => service.database.query('ALTER TABLE audit_verifications RENAME TO elsewhere'),
  },
  {
    of: 'a signature token and a callback secret that are not ours',
    alerts: ['DeliveriesRefused'],
    happens: ({ service, play }) =>
      times(8, async () => {
        await play.knock(leverWebhook({}, 'another token')).expect(401);
        await service.anyone
          .post('/webhooks/victig')
          .set('authorization', 'another secret')
          .send({})
          .expect(401);
      }),
  },
  {
    of: 'recruiters who wait for minutes',
    alerts: ['TagsLate'],
    happens: async ({ service, play }) => {
      await fault(play, 'victig', { kind: 'status', status: 503 });
      const [id = ''] = await moveSome(play, 1);
      await eventually(async () => expect((await play.order(id)).status).toBe('received'));
      service.clock.forward(120_000);
      await play.drive('DELETE', '/faults');
      await play.untilStatus(id, 'Pending');
    },
  },
  {
    of: 'jobs that nobody takes',
    alerts: ['QueueStuck'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ service, play }) => {
      // One customer's share of the workers waits for answers that do not come.
      await fault(play, 'victig', { kind: 'hang' });
      await moveSome(play, 10);
      service.clock.forward(400_000);
    },
  },
  {
    of: 'jobs that fail again and again',
    alerts: ['JobsFailing'],
    happens: async ({ play }) => {
      await fault(play, 'lever', { kind: 'garbage' });
      await moveSome(play, 15);
    },
  },
  {
    of: 'a job that cannot be done',
    alerts: ['DeadLetters'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: ({ service }) =>
      service.database.query(
        `INSERT INTO pgboss.job (name, data, retry_limit, dead_letter, keep_until)
         VALUES ('take-callback', '{"attempt": 1, "payload": {}}', 0, 'dead-letters', now() + interval '1 day')`,
      ),
  },
  {
    of: 'credentials that VICTIG refuses, and orders that show it',
    alerts: ['VendorRefusesCredentials', 'OrdersInError'],
    env: { ERROR_AFTER_SECONDS: '0', METRICS_FRESH_SECONDS: '1' },
    happens: async ({ play }) => {
      await fault(play, 'victig', { kind: 'status', status: 401 });
      await moveSome(play, 5);
    },
  },
  {
    of: 'a vendor that is down',
    alerts: ['VendorDown', 'VendorCallsFailing'],
    happens: async ({ play }) => {
      await fault(play, 'victig', { kind: 'status', status: 503 });
      await moveSome(play, 15);
    },
  },
  {
    of: 'a vendor that is slow',
    alerts: ['VendorSlow'],
    happens: async ({ play }) => {
      await fault(play, 'lever', { kind: 'slow', delayMs: 6_000 });
      await moveSome(play, 3);
    },
  },
  {
    of: 'a day whose calls are nearly used up',
    alerts: ['BudgetLow'],
    env: { VICTIG_REQUESTS_PER_DAY: '12', METRICS_FRESH_SECONDS: '1' },
    happens: ({ play }) => moveSome(play, 4),
  },
  {
    of: 'callbacks that do not arrive',
    alerts: ['CallbacksMissed'],
    env: { RECONCILE_INTERVAL_SECONDS: '1' },
    happens: async ({ service, play }) => {
      await play.drive('DELETE', '/victig/callbacks');
      const ids = await moveSome(play, 8);
      for (const id of ids) {
        await play.untilStatus(id, 'Pending');
        const { orderGuid } = await play.orderAtVictig(id);
        await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`, {});
      }
      await service.send(reconcileOrders, {});
    },
  },
  {
    of: 'an installation whose access was revoked',
    alerts: ['InstallationDisconnected'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ play }) => {
      await play.drive('POST', '/lever/revoke', { key: SEED.lever.apiKey });
      await moveSome(play, 1);
    },
  },
  {
    of: 'an installation that used to speak',
    alerts: ['InstallationSilent'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ service, play }) => {
      await times(6, async () => {
        await play.knock(leverWebhook()).expect(200);
        service.clock.forward(60_000);
      });
      service.clock.forward(25 * HOUR_MS);
    },
  },
  {
    of: 'an audit entry that was changed',
    alerts: ['AuditTrailBroken'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ service }) => {
      await service.database.query('ALTER TABLE audit_entries DISABLE TRIGGER ALL');
      await service.database.query(`UPDATE audit_entries SET actor = 'nobody'`);
      await service.send(verifyAudit, {});
    },
  },
  {
    of: 'an audit trail that nobody verifies',
    alerts: ['AuditNotVerified'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: ({ service }) =>
      service.database.query(`UPDATE audit_verifications SET at = at - interval '3 days'`),
  },
];

const folder = prometheusDir();

describe.skipIf(folder === null)('alerts on a real Prometheus', () => {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of [...letGo.splice(0), ...ends.splice(0).toReversed()]) await end();
  });

  const setStage = async ({ env = {}, breaks }: Pick<Misfortune, 'env' | 'breaks'>): Promise<Stage> => {
    const service = await startTestService(env);
    ends.push(() => (breaks ? service.stop().catch(() => undefined) : service.stop()));
    const play = new Play(service);
    await play.setUp();
    await eventually(async () => {
      const verified = await service.database.query<unknown[]>('SELECT 1 FROM audit_verifications');
      expect(verified).not.toEqual([]);
    });
    // What held up the event loop until now was the start.
    await service.anyone.get('/metrics').expect(200);
    const prometheus = await startPrometheus(folder ?? '', service.url, impatientRules);
    ends.push(() => prometheus.stop());
    await eventually(async () => expect(await prometheus.query('up')).toEqual([1]));
    // What increases is seen only by comparison with what was.
    await eventually(async () =>
      expect(await prometheus.query('count_over_time(up[1m]) >= 2')).not.toEqual([]),
    );
    return { service, play, prometheus };
  };
  const firing = (alerts: readonly Alert[]): string[] =>
    alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);

  it('are each provoked below', () => {
    expect(NAMES.toSorted()).toEqual(MISFORTUNES.flatMap(({ alerts }) => alerts).toSorted());
  });

  it('are silent while a check is ordered and done, and all of the dashboard has something to show', async () => {
    const { play, prometheus } = await setStage({ env: { METRICS_FRESH_SECONDS: '1' } });
    const [id = ''] = await moveSome(play, 1);
    await play.untilStatus(id, 'Pending');
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`, {});
    await play.untilStatus(id, 'In Progress');
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(id, 'Complete');
    const samples = async (): Promise<number> => {
      const [count = 0] = await prometheus.query('count_over_time(up[5m])');
      return count;
    };
    const enough = (await samples()) + 6;
    await eventually(async () => expect(await samples()).toBeGreaterThanOrEqual(enough));
    expect(await prometheus.alerts()).toEqual([]);
    // Had the rules not been evaluated, there would be none either.
    expect(await prometheus.query('count(bgc_database_up == 1)')).toEqual([1]);

    for (const expression of dashboardQueries()) {
      expect(await prometheus.query(expression), expression).not.toEqual([]);
    }
  });

  it.each(MISFORTUNES)('tell of $of: $alerts', async (misfortune) => {
    const stage = await setStage(misfortune);
    expect(await stage.prometheus.alerts()).toEqual([]);
    await misfortune.happens(stage);
    await eventually(async () => {
      misfortune.goesOn?.(stage);
      const alerts = await stage.prometheus.alerts();
      expect(firing(alerts)).toEqual(expect.arrayContaining([...misfortune.alerts]));
      for (const { annotations } of alerts) expect(annotations['summary']).not.toMatch(/<no value>|<error/);
    }, 60_000);
  });

  it('and metrics are what promtool takes', async () => {
    const promtool = join(folder ?? '', 'promtool');
    const rules = spawnSync(promtool, ['check', 'rules', RULES], { encoding: 'utf8' });
    expect(rules.stdout + rules.stderr).toContain(`${NAMES.length} rules found`);
    expect(rules.status).toBe(0);
    const service = await startTestService();
    ends.push(() => service.stop());
    const { text: metrics } = await service.anyone.get('/metrics').expect(200);
    const ours = metrics
      .split('\n\n')
      .filter((family) => family.startsWith('# HELP bgc_'))
      .join('\n');
    const lint = spawnSync(promtool, ['check', 'metrics'], { input: `${ours}\n`, encoding: 'utf8' });
    expect(lint.stdout + lint.stderr).toBe('');
    expect(lint.status).toBe(0);
  });
});

/** Every query of the dashboard, its variables filled in as Grafana does. */
function dashboardQueries(): string[] {
  const target = z.object({ expr: z.string() });
  const panel = z.object({ targets: z.array(target).default([]) });
  const { panels } = z.object({ panels: z.array(panel) }).parse(load(readFileSync(DASHBOARD, 'utf8')));
  return panels.flatMap(({ targets }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')),
  );
}
