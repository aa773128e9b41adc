import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play, SIGNATURE_TOKEN } from '../support/play.js';
import { sendRaw, type RawAnswer } from '../support/raw-http.js';
import { ADMIN_KEY, CALLBACK_SECRET, startTestService, type TestService } from '../support/service.js';
import { hostileRequests, type HostileRequest, type Target } from './hostile-requests.js';

const COUNT = Number(process.env['FUZZ_REQUESTS'] ?? 600);
const SEED = Number(process.env['FUZZ_SEED'] ?? 7);
/** As many as a busy customer has at once. */
const AT_ONCE = 8;
const MINUTES = 60_000;

/** What would be lost with each request adds up; what is kept once does not. */
const GROWTH_MB = 32;
const WARM_UP_SHARE = 0.3;

const READS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Beside the routes of the document. */
const OPEN: Target[] = [
  { method: 'POST', path: '/webhooks/lever/{door}', filters: [] },
  { method: 'POST', path: '/webhooks/lever/{installationId}', filters: [] },
  { method: 'POST', path: '/webhooks/victig', filters: [] },
  { method: 'POST', path: '/webhooks/victig/{door}', filters: [] },
  { method: 'GET', path: '/oauth/lever/callback', filters: ['state', 'code', 'error'] },
  { method: 'GET', path: '/health/live', filters: [] },
  { method: 'GET', path: '/{nowhere}', filters: [] },
];

interface Operation {
  parameters?: { name: string; in: string }[];
}

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

function memoryMb(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}

describe('hostile input (F6)', () => {
  let service: TestService;
  let play: Play;
  let targets: Target[];
  beforeAll(async () => {
    service = await startTestService({
      // What is refused for being too much would not be tried at all.
      ADMIN_REQUESTS_PER_MINUTE: '0',
      ADDRESS_REQUESTS_PER_MINUTE: '0',
      ADDRESS_REFUSALS_PER_MINUTE: '0',
    });
    play = new Play(service);
    await play.setUp();
    const document = (await service.anyone.get('/openapi.json').expect(200)).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { parameters = [] }]) => ({
        method: method.toUpperCase(),
        path,
        filters: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
      })),
    );
    targets = [...routes, ...OPEN];
  });
  afterAll(() => service.stop());

  /** All rows there are, but for what each accepted request may add. */
  const holdings = async (): Promise<object> => {
    const tables = await service.database.query<{ name: string }[]>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
         AND table_name NOT LIKE 'audit%' AND table_name NOT IN ('deliveries', 'rate_buckets', 'client_polls')
       ORDER BY 1`,
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await service.database.query<{ digest: string }[]>(
        `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS digest FROM "${name}" t`,
      );
      digests[name] = row?.digest ?? '';
    }
    return digests;
  };
  const counts = async (sql: string): Promise<Record<string, number>> => {
    const rows = await service.database.query<{ name: string; count: string }[]>(sql);
    return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
  };
  const deliveries = (): Promise<Record<string, number>> =>
    counts('SELECT source AS name, count(*) FROM deliveries GROUP BY 1');
  const audited = (): Promise<Record<string, number>> =>
    counts('SELECT action AS name, count(*) FROM audit_entries GROUP BY 1');

  const answerTo = async ({ bytes, kind }: HostileRequest): Promise<RawAnswer | null> => {
    try {
      return await sendRaw(service.url, bytes);
    } catch (error) {
      // Who goes on sending a body that is too large may lose the answer with the connection.
      if (kind === 'too-large') return null;
      throw error;
    }
  };

  it(
    `answers ${COUNT} requests of seed ${SEED} without a 5xx, keeps nothing of them, and does not grow (F6)`,
    async () => {
      const [before, deliveriesBefore, auditedBefore] = [
        await holdings(),
        await deliveries(),
        await audited(),
      ];
      const startedAt = Date.now();
      const by = {
        adminKey: ADMIN_KEY,
        callbackSecret: CALLBACK_SECRET,
        installationId: play.installation.id,
        signatureToken: SIGNATURE_TOKEN,
      };
      const requests = hostileRequests(targets, by, { count: COUNT, seed: SEED });
      const accepted = new Map<string, number>();
      const statuses = new Map<number, number>();
      const kinds = new Map<string, number>();
      const tried = new Set<string>();
      let sent = 0;
      let duplicatesNamed = 0;
      let warmMb = 0;

      const work = async (): Promise<void> => {
        for (const request of requests) {
          const { method, path } = request.target;
          const answer = await answerTo(request);
          sent++;
          tried.add(`${method} ${path}`);
          kinds.set(request.kind, (kinds.get(request.kind) ?? 0) + 1);
          if (warmMb === 0 && sent >= COUNT * WARM_UP_SHARE) warmMb = memoryMb();
          if (answer === null) continue;
          const { status, contentType, body } = answer;
          const what = `${request.kind}: ${status} ${body} to ${request.bytes.toString('latin1', 0, 600)}`;
          if (status < 200 || status >= 500) expect.fail(what);
          if (status >= 400 && path !== '/oauth/lever/callback') {
            expect(contentType, what).toBe('application/problem+json');
          }
          if (request.kind === 'duplicates' && READS_BODY.has(method)) {
            // A path that is no URL is refused before.
            if (status !== 414 && status !== 405) expect(status, what).toBe(400);
            if (body.includes('more than once')) duplicatesNamed++;
          }
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status < 300) accepted.set(`${method} ${path}`, (accepted.get(`${method} ${path}`) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));

      const seconds = (Date.now() - startedAt) / 1_000;
      // Of the clock, which are one more than have passed when it strikes in between, or two.
      const minutes = Math.floor(Date.now() / 60_000) - Math.floor(startedAt / 60_000) + 1;
      const grownMb = memoryMb() - warmMb;
      process.stdout.write(
        `fuzz: ${sent} requests of seed ${SEED} at ${tried.size} routes in ${seconds.toFixed(0)} s; ` +
          `statuses ${JSON.stringify(Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)))}; ` +
          `kinds ${JSON.stringify(Object.fromEntries(kinds))}; ${duplicatesNamed} duplicate keys named; grown by ${grownMb.toFixed(1)} MB\n`,
      );
      expect(sent).toBe(COUNT);
      expect(tried.size).toBe(targets.length);
      expect(duplicatesNamed).toBeGreaterThan(COUNT / 100);
      expect(grownMb).toBeLessThan(GROWTH_MB);

      expect(await holdings()).toEqual(before);
      const taken = (path: string): number => accepted.get(`POST ${path}`) ?? 0;
      const deliveriesAfter = await deliveries();
      const newOf = (source: string): number =>
        (deliveriesAfter[source] ?? 0) - (deliveriesBefore[source] ?? 0);
      // Rightly signed, and whatever `data` is: kept as ignored, once, without it.
      expect(newOf('lever')).toBe(taken('/webhooks/lever/{door}'));
      expect(taken('/webhooks/lever/{installationId}')).toBe(0);
      expect(newOf('victig')).toBeLessThanOrEqual(
        taken('/webhooks/victig') + taken('/webhooks/victig/{door}'),
      );

      const after = await audited();
      const added = Object.entries(after)
        .map(([action, count]) => [action, count - (auditedBefore[action] ?? 0)] as const)
        .filter(([, count]) => count !== 0);
      for (const [action, count] of added) {
        if (action === 'audit.exported') expect(count).toBe(accepted.get('GET /admin/v1/audit/export'));
        else if (action === 'webhook.refused') expect(count).toBeLessThanOrEqual(minutes);
        else if (action === 'delivery.replayed')
          expect(taken('/admin/v1/deliveries/replay')).toBeGreaterThan(0);
        else expect.fail(`${count} entries of ${action}`);
      }

      // It works as before.
      const opportunityId = await play.candidate();
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, 'Pending');
    },
    60 * MINUTES,
  );
});
