import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { eventually } from '../support/eventually.js';
import { leverWebhook, TRIGGER_STAGE } from '../support/play.js';
import { ProcessStage } from '../support/process-stage.js';

/** The embedded database has room for one process. */
const onServer = inject('databaseTemplate').kind === 'server' ? describe : describe.skip;

const LIST = 'GET /v1/clients/:client/orders';
/** How long VICTIG takes for a list here: rounds that ran side by side would ask for it closer together. */
const LIST_TAKES_MS = 700;
const ROUNDS = 5;

onServer(
  'the reconciler and several processes (on PostgreSQL only: processes share no embedded database)',
  { timeout: 300_000 },
  () => {
    let stage: ProcessStage;

    beforeAll(() => buildIfNeeded());
    afterEach(() => stage[Symbol.asyncDispose]());

    it('is run by one of them at a time, and by the other one when that dies (V3, F5)', async () => {
      stage = await ProcessStage.set({ RECONCILE_INTERVAL_SECONDS: '1' });
      const [one, other] = [await stage.start(), await stage.start()];
      const id = await stage.create(one, { apiKey: SEED.lever.apiKey });
      await stage.call(`${one.url}/admin/v1/installations/${id}/activate`, 'POST', {});
      const candidate = await stage.drive<{ id: string }>('POST', '/lever/opportunities', {
        name: 'Ana Ruiz',
        emails: ['ana@example.com'],
        stageId: TRIGGER_STAGE,
      });
      await stage.drive('POST', '/faults', {
        vendor: 'victig',
        match: { method: 'GET', path: '/orders$' },
        kind: 'slow',
        delayMs: LIST_TAKES_MS,
        times: null,
      });
      const data = { opportunityId: candidate.id, toStageId: TRIGGER_STAGE };
      await stage.call(`${other.url}/webhooks/lever/${id}`, 'POST', leverWebhook({ data }));

      const listedAt = async (): Promise<number[]> => {
        const calls = await stage.drive<{ at: number; operation: string }[]>('GET', '/calls?vendor=victig');
        return calls.filter(({ operation }) => operation === LIST).map(({ at }) => at);
      };
      const untilListed = (times: number): Promise<number[]> =>
        eventually(async () => {
          const at = await listedAt();
          expect(at.length).toBeGreaterThanOrEqual(times);
          return at;
        }, 120_000);
      const before = await untilListed(ROUNDS);
      const apart = before.slice(1).map((at, index) => at - (before[index] ?? 0));
      expect(Math.min(...apart)).toBeGreaterThanOrEqual(LIST_TAKES_MS);

      await one.child.kill('SIGKILL');
      await untilListed((await listedAt()).length + 2);
    });
  },
);
