import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { startTestService } from '../support/service.js';
import { MISFORTUNES, moveSome } from './misfortunes.js';
import { firing } from './prometheus.js';
import { folder, RULES, rulesText, stages } from './stage.js';

const DASHBOARD = 'deploy/grafana-dashboard.json';

const NAMES = [...rulesText.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);

describe.skipIf(folder === null)('alerts on a real Prometheus', () => {
  const { set, afterwards } = stages();

  it('are each provoked in one of the parts', () => {
    expect(NAMES.toSorted()).toEqual(MISFORTUNES.flatMap(({ alerts }) => alerts).toSorted());
  });

  it('are silent while a check is ordered and done, and all of the dashboard has something to show', async () => {
    const { play, prometheus } = await set({ env: { METRICS_FRESH_SECONDS: '1' } });
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
    expect(firing(await prometheus.alerts())).toEqual([]);
    await eventually(async () => expect(await prometheus.alerts()).toEqual([]));
    // Had the rules not been evaluated, there would be none either.
    expect(await prometheus.query('count(bgc_database_up == 1)')).toEqual([1]);

    for (const expression of dashboardQueries()) {
      expect(await prometheus.query(expression), expression).not.toEqual([]);
    }
  });

  it('and metrics are what promtool takes', async () => {
    const promtool = join(folder ?? '', 'promtool');
    const rules = spawnSync(promtool, ['check', 'rules', RULES], { encoding: 'utf8' });
    expect(rules.stdout + rules.stderr).toContain(`${NAMES.length} rules found`);
    expect(rules.status).toBe(0);
    const service = await startTestService();
    afterwards(() => service.stop());
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
