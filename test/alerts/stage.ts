import { readFileSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { prometheusDir } from './have-prometheus.js';
import { letGo, type Misfortune } from './misfortunes.js';
import { startPrometheus, type Prometheus } from './prometheus.js';

export const RULES = 'deploy/prometheus-alerts.yaml';

export const rulesText = readFileSync(RULES, 'utf8');
/** What makes an alert wait, here for more than one scrape, is the only thing that differs from what is deployed. */
const impatientRules = rulesText.replaceAll(/^( +for:) \w+$/gm, '$1 5s');

/** Null where there is no Prometheus to be had. */
export const folder = prometheusDir();

export interface Stage {
  service: TestService;
  play: Play;
  prometheus: Prometheus;
}

/** Sets stages, and strikes them after each test. */
export function stages(): {
  set: (misfortune: Pick<Misfortune, 'env' | 'breaks'>) => Promise<Stage>;
  afterwards: (end: () => Promise<unknown>) => void;
} {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of [...letGo.splice(0), ...ends.splice(0).toReversed()]) await end();
  });
  const set = async ({ env = {}, breaks }: Pick<Misfortune, 'env' | 'breaks'>): Promise<Stage> => {
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
      expect(await prometheus.query('sum_over_time(up[1m]) >= 2')).not.toEqual([]),
    );
    return { service, play, prometheus };
  };

  return { set, afterwards: (end) => void ends.push(end) };
}
