import { load, loadAll } from 'js-yaml';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../src/platform/config/app-config.js';
import { startTestService, type TestService } from '../support/service.js';

const read = (file: string): string => readFileSync(file, 'utf8');

/** As src/platform/config declares them. */
const VARIABLES = new Set(
  ['app-config', 'access-variables', 'otel-variables'].flatMap((name) =>
    read(`src/platform/config/${name}.ts`).match(/(?<=^ {2})[A-Z][A-Z_]+(?=: )/gm),
  ),
);

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));

/** Enough for the service to start, beside what a file says. */
const SECRETS = {
  ENCRYPTION_KEYS: `k1:${createHash('sha256').update('a key').digest('base64')}`,
};

const dockerfile = read('Dockerfile');
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

const container = z.object({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  env: z.array(z.object({ name: z.string(), value: z.undefined().optional() })).default([]),
  securityContext: z.object({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.object({ drop: z.tuple([z.literal('ALL')]) }),
  }),
});

const pod = z.object({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.looseObject({ runAsNonRoot: z.literal(true), runAsUser: z.number().min(1) }),
  initContainers: z.array(container).default([]),
  containers: z.array(container),
});

const named = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  data: z.record(z.string(), z.string()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
  spec: z.looseObject({ template: z.looseObject({ spec: z.unknown() }).optional() }).optional(),
});

const objects = [
  'deploy/kubernetes.yaml',
  'deploy/kubernetes-migrate.yaml',
  'deploy/kubernetes-secrets.yaml',
].flatMap((file) => loadAll(read(file)).map((one) => named.parse(one)));
const dataOf = (kind: string, name: string): Record<string, string> => {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  return found?.data ?? found?.stringData ?? {};
};
const podOf = (kind: string): z.infer<typeof pod> =>
  pod.parse(objects.find((one) => one.kind === kind)?.spec?.template?.spec);

const compose = z
  .object({
    services: z.record(
      z.string(),
      z.looseObject({
        image: z.string(),
        build: z.string().optional(),
        command: z.array(z.string()).optional(),
        environment: z.record(z.string(), z.string()).default({}),
        read_only: z.boolean().optional(),
        cap_drop: z.array(z.string()).optional(),
        ports: z.array(z.string()).optional(),
        networks: z.array(z.string()),
        volumes: z.array(z.string()).default([]),
        stop_grace_period: z.string().optional(),
      }),
    ),
  })
  .parse(load(read('compose.yaml')));
const ours = Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

/** What holds after SIGTERM (src/main.ts). */
const WATCHDOG_SECONDS =
  Number(/SHUTDOWN_TIMEOUT_MS = ([\d_]+)/.exec(read('src/main.ts'))?.[1]?.replace('_', '')) / 1_000;

describe('the image', () => {
  it('runs as a user that is not root, by number', () => {
    expect([...lastStage.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual(['1000:1000']);
  });

  it('starts what `npm run start:prod` starts, and hears signals itself', () => {
    const [, command = ''] = /^CMD (.+)$/m.exec(lastStage) ?? [];
    expect(z.array(z.string()).parse(JSON.parse(command)).join(' ')).toBe(scripts['start:prod']);
  });

  it('has production dependencies only, and takes no secret to be built', () => {
    expect(lastStage).not.toMatch(/npm (ci|install|run)/);
    expect(lastStage).not.toMatch(/--from=build \/app\/node_modules/);
    expect(dockerfile).toMatch(/npm ci --ignore-scripts --omit=dev --omit=optional/);
    const args = [...dockerfile.matchAll(/^ARG (\w+)/gm)].map(([, name]) => name);
    expect(new Set(args)).toEqual(new Set(['NODE_IMAGE', 'REVISION', 'VERSION']));
  });

  it('has nothing of the sandbox: the service is built alone, and the page into a folder of its own', () => {
    expect(scripts['build:service']).toBe('nest build');
    expect([...dockerfile.matchAll(/npm run (\S+)/g)].map(([, script]) => script)).toEqual(['build:service']);
    expect(`${dockerfile}${read('.dockerignore')}`).not.toMatch(/^(COPY|!).*sandbox/m);
    expect(read('sandbox/page/vite.config.ts')).toContain("outDir: 'dist'");
    expect(scripts['build:page']).toBe('vite build sandbox/page');
  });

  it('lets nothing of the folder in but what is copied', () => {
    expect(read('.dockerignore')).toMatch(/^\*$/m);
    expect(read('.dockerignore')).not.toMatch(/^!\.env/m);
  });
});

describe('compose.yaml', () => {
  it('has two replicas behind one port', () => {
    expect(compose.services['service-1']).toEqual(compose.services['service-2']);
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['proxy']);
    expect(read('deploy/Caddyfile')).toContain('reverse_proxy service-1:3000 service-2:3000 {');
  });

  it('names variables that the service knows, and values that it takes', () => {
    for (const [, { environment }] of ours) {
      expect([...VARIABLES]).toEqual(expect.arrayContaining(Object.keys(environment)));
      const env = Object.entries(environment).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{[^}]+\}/g, 'x'),
      ]);
      expect(() => readConfig({ ...SECRETS, ...Object.fromEntries(env) })).not.toThrow();
    }
  });

  it('starts what the scripts start, with nothing to write on and no rights', () => {
    expect(ours.map(([name]) => name)).toEqual(['service-1', 'service-2', 'migrate']);
    for (const [, service] of ours) expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(compose.services['migrate']?.command?.join(' ')).toBe(scripts['db:migrate']);
  });

  it('holds no secret', () => {
    for (const { environment } of Object.values(compose.services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/PASSWORD|KEY|TOKEN|SECRET/.test(name)) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
        expect(value).not.toMatch(/:\/\/\w+:[^$@]+@/);
      }
    }
  });

  it('gives a shutdown its time', () => {
    const seconds = Number.parseInt(compose.services['service-1']?.stop_grace_period ?? '', 10);
    expect(seconds).toBeGreaterThan(WATCHDOG_SECONDS);
  });

  it('mounts files that are there', () => {
    const files = Object.values(compose.services).flatMap(({ volumes }) =>
      volumes.filter((one) => one.startsWith('./')).map((one) => one.split(':')[0] ?? ''),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect(read(file)).not.toBe('');
  });
});

describe('the Kubernetes example', () => {
  it('runs as a user that is not root, on a file system that cannot be written', () => {
    // The schemas above say what must hold; a pod that does not fit them throws.
    expect(podOf('Deployment').containers).toHaveLength(1);
    expect(podOf('Job').initContainers).toHaveLength(1);
  });

  it('names variables that the service knows, and values that it takes', () => {
    const settings = dataOf('ConfigMap', 'lever-victig');
    const secrets = dataOf('Secret', 'lever-victig-service');
    const job = podOf('Job').initContainers.flatMap(({ env }) => env.map(({ name }) => name));
    expect(job).toEqual(['DATABASE_URL']);
    expect([...VARIABLES]).toEqual(
      expect.arrayContaining([...Object.keys(settings), ...Object.keys(secrets), ...job]),
    );
    expect(() => readConfig({ ...settings, ...secrets, ...SECRETS })).not.toThrow();
  });

  it('holds no secret, and none in what is applied again and again', () => {
    for (const one of objects.filter(({ kind }) => kind === 'Secret')) {
      expect(Object.values(one.stringData ?? {}).join('')).toBe('');
      expect(one.data).toBeUndefined();
    }
    expect(read('deploy/kubernetes.yaml')).not.toMatch(/^kind: Secret$/m);
  });

  it('migrates as `npm run db:migrate` does, and grants what docs/grants.sql grants', () => {
    expect(podOf('Job').initContainers[0]?.command?.join(' ')).toBe(scripts['db:migrate']);
    const [, second] = read('docs/grants.sql').split(/-- Second part -+\n/);
    expect(dataOf('ConfigMap', 'lever-victig-grants')['grants.sql']).toBe(second);
  });

  it('gives a shutdown its time', () => {
    const preStop = /command: \['sleep', '(\d+)'\]/.exec(read('deploy/kubernetes.yaml'))?.[1];
    const grace = podOf('Deployment').terminationGracePeriodSeconds;
    expect(grace).toBeGreaterThan(WATCHDOG_SECONDS + Number(preStop));
  });
});

describe('the probes', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.stop());

  it('ask for what the service answers', async () => {
    const asked = ['Dockerfile', 'deploy/kubernetes.yaml', 'deploy/Caddyfile'].flatMap((file) =>
      [...read(file).matchAll(/\/health\/\w+/g)].map(([path]) => path),
    );
    expect(new Set(asked)).toEqual(new Set(['/health/live', '/health/ready']));
    for (const path of new Set(asked)) await service.anyone.get(path).expect(200);
  });
});
