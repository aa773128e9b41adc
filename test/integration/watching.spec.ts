import { load } from 'js-yaml';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CountingQueries } from '../support/counting-queries.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const RUNBOOK = 'docs/runbook';

const FRESH_MS = 1_000;

/** One of the statements of each measurement. */
const VERIFICATIONS = /FROM audit_verifications WHERE/;

const rules = z
  .object({
    groups: z.array(
      z.object({
        name: z.string(),
        rules: z.array(
          z.strictObject({
            alert: z.string().regex(/^([A-Z][a-z]+)+$/),
            expr: z.string(),
            for: z.string().optional(),
            labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
            annotations: z.strictObject({ summary: z.string(), runbook_url: z.string() }),
          }),
        ),
      }),
    ),
  })
  .parse(load(readFileSync('deploy/prometheus-alerts.yaml', 'utf8')))
  .groups.flatMap((group) => group.rules);

const dashboard = z
  .object({
    uid: z.string(),
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        targets: z.array(z.object({ expr: z.string() })).default([]),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')));

interface Series {
  name: string;
  labels: Record<string, string>;
}

const seriesOf = (text: string): Series[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
      return {
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value]),
        ),
      };
    });

describe('what Prometheus is told', () => {
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService({ METRICS_FRESH_SECONDS: String(FRESH_MS / 1_000) });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  const scrape = async (accept?: string) =>
    service.anyone
      .get('/metrics')
      .set(accept === undefined ? {} : { accept })
      .expect(200);
  /** One that waits until what the database says is read anew. */
  const scrapeFresh = async (): Promise<string> => {
    const until = performance.now() + FRESH_MS + 100;
    while (performance.now() < until) await scrape();
    return (await scrape()).text;
  };
  const oneOrder = async (): Promise<void> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, {});
    await play.untilStatus(id, 'Complete');
  };

  it('comes in the form that is asked for', async () => {
    const old = await scrape();
    expect(old.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(old.text).toContain('# TYPE bgc_webhook_accepted_total counter');
    const newer = await scrape('application/openmetrics-text; version=1.0.0');
    expect(newer.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(newer.text).toContain('# TYPE bgc_webhook_accepted counter\nbgc_webhook_accepted_total{');
    expect(newer.text).toMatch(/\n# EOF\n$/);
    // One must not change the other.
    expect((await scrape()).text).toContain('# TYPE bgc_webhook_accepted_total counter');
  });

  it('has all that the alert rules and the dashboard ask for, by name, label and value', async () => {
    const series = seriesOf((await scrape()).text);
    const asked = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)];
    for (const { expr } of asked) {
      const selectors = [...expr.matchAll(/\b((?:bgc|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
      expect(
        expr === 'up{job="lever-victig"} == 0' || selectors.length > 0 || expr.includes('up{'),
        expr,
      ).toBe(true);
      for (const [, name = '', matchers = ''] of selectors) {
        const named = series.filter((one) => one.name === name);
        expect(named, `${name} in ${expr}`).not.toEqual([]);
        for (const [, label = '', values = ''] of matchers.matchAll(/(\w+)=~?"([^"]*)"/g)) {
          if (label === 'job') continue;
          for (const value of values.split('|')) {
            expect(
              named.map(({ labels }) => labels[label]),
              `${label} of ${name}`,
            ).toContain(value);
          }
        }
        for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
          for (const label of by.split(',').map((text) => text.trim())) {
            expect(Object.keys(named[0]?.labels ?? {}), `${label} of ${name}`).toContain(label);
          }
        }
      }
    }
  });

  it('grows neither with installations nor with orders, and names neither them nor anybody (A4)', async () => {
    await oneOrder();
    await play.knock({}).expect(401);
    const before = seriesOf(await scrapeFresh());
    for (let n = 0; n < 3; n++) {
      await play.drive('DELETE', '/lever/webhooks');
      await play.setUp();
      await oneOrder();
    }
    const after = seriesOf(await scrapeFresh());
    const keyOf = ({ name, labels }: Series): string => `${name} ${JSON.stringify(labels)}`;
    const ours = (all: Series[]): string[] => all.filter(({ name }) => name.startsWith('bgc_')).map(keyOf);
    expect(ours(after)).toEqual(ours(before));
    expect(ours(after).length).toBeLessThan(600);
    for (const { name, labels } of after) {
      if (name === 'nodejs_version_info') continue;
      for (const [label, value] of Object.entries(labels)) {
        expect(value, `${label} of ${name}`).toMatch(
          label === 'le' || label === 'quantile' ? /^[\d.+Inf]+$/ : /^[A-Za-z][A-Za-z_-]{0,39}$/,
        );
      }
    }
  });

  it('asks the database once, however many ask for it, and not again at once', async () => {
    await scrapeFresh();
    const queries = new CountingQueries(service.database);
    await eventually(async () => {
      await scrapeFresh();
      expect(queries.countOf(VERIFICATIONS)).toBeGreaterThan(0);
    });
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => scrape()));
    const tookMs = performance.now() - startedMs;
    // Once more only for each time that what was measured grew old meanwhile.
    expect(queries.countOf(VERIFICATIONS)).toBeLessThanOrEqual(1 + Math.floor(tookMs / FRESH_MS));
  });

  it('comes also while the database cannot be asked, with what was known before', async () => {
    await scrapeFresh();
    let release = (): void => undefined;
    const released = new Promise<void>((end) => (release = end));
    const { poolSize = 1 } = service.database.options as { poolSize?: number };
    const held = Array.from({ length: poolSize }, () => service.database.transaction(() => released));
    const startedMs = performance.now();
    const text = await scrapeFresh();
    expect(performance.now() - startedMs).toBeLessThan(6_000);
    expect(text).toMatch(/^bgc_database_waiting [1-9]/m);
    expect(text).toMatch(/^bgc_installations\{state="active"\} [1-9]/m);
    release();
    await Promise.all(held);
  });
});

describe('the runbook', () => {
  const pages = readdirSync(RUNBOOK).filter((file) => file !== 'README.md');
  const kebab = (name: string): string => name.replaceAll(/(?<!^)([A-Z])/g, '-$1').toLowerCase();

  it.each(rules)(
    'has a page for $alert, which its annotation and the index name',
    ({ alert, annotations }) => {
      const page = `${RUNBOOK}/${kebab(alert)}.md`;
      expect(annotations.runbook_url).toBe(page);
      expect(existsSync(page)).toBe(true);
      const text = readFileSync(page, 'utf8');
      expect(text.split('\n')[0]).toBe(`# ${alert}`);
      for (const heading of ['What it means', 'What to look at', 'What to do', 'When it is over']) {
        expect(text).toContain(`\n## ${heading}\n`);
      }
      expect(readFileSync(`${RUNBOOK}/README.md`, 'utf8')).toContain(`[${alert}](${kebab(alert)}.md)`);
    },
  );

  it('has no page for what is no alert', () => {
    expect(pages.toSorted()).toEqual(rules.map(({ alert }) => `${kebab(alert)}.md`).toSorted());
  });
});
