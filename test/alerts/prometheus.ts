import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';

const alertsAnswer = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        state: z.enum(['pending', 'firing']),
        labels: z.looseObject({ alertname: z.string() }),
        annotations: z.record(z.string(), z.string()),
      }),
    ),
  }),
});
export type Alert = z.infer<typeof alertsAnswer>['data']['alerts'][number];

const queryAnswer = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

/** A real Prometheus that asks one service every two seconds. */
export interface Prometheus {
  /** Those that are pending or fire. */
  alerts(): Promise<Alert[]>;
  /** The values that an expression has now. @throws where it is none */
  query(expression: string): Promise<number[]>;
  stop(): Promise<void>;
}

/**
 * @param folder where its program is
 * @param target address of the service
 * @param rules text of a file of alert rules
 */
export async function startPrometheus(folder: string, target: string, rules: string): Promise<Prometheus> {
  const home = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const address = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(home, 'rules.yaml'), rules);
  // The service answers within a second of patience with its database, and may be slow on top. JSON is YAML.
  const config = {
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '500ms' },
    rule_files: [join(home, 'rules.yaml')],
    scrape_configs: [{ job_name: 'lever-victig', static_configs: [{ targets: [new URL(target).host] }] }],
  };
  writeFileSync(join(home, 'prometheus.yaml'), JSON.stringify(config));
  const child = spawn(
    join(folder, 'prometheus'),
    [
      `--config.file=${join(home, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { GOMAXPROCS: '1' } },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((end) => child.once('exit', () => end()));
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`http://${address}/api/v1/${path}`);
    const text = await answer.text();
    expect(answer.ok, `${path}: ${text}`).toBe(true);
    return JSON.parse(text);
  };
  await eventually(async () => {
    expect(child.exitCode, said).toBeNull();
    expect((await fetch(`http://${address}/-/ready`)).status).toBe(200);
  });
  return {
    alerts: async () => alertsAnswer.parse(await ask('alerts')).data.alerts,
    query: async (expression) => {
      const answer = queryAnswer.parse(await ask(`query?query=${encodeURIComponent(expression)}`));
      return answer.data.result.map(({ value: [, text] }) => Number(text));
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The names of those that are more than considered. */
export const firing = (alerts: readonly Alert[]): string[] =>
  alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
