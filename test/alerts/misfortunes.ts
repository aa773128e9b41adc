import { expect } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { verifyAudit } from '../../src/audit/jobs.js';
import { reconcileOrders } from '../../src/orders/jobs.js';
import { WatchHome } from '../../src/operations/watch-home.js';
import { eventually } from '../support/eventually.js';
import { leverWebhook, type Play } from '../support/play.js';
import { untilDone } from '../support/until-done.js';
import type { Stage } from './stage.js';

const HOUR_MS = 3_600_000;

/** What is done to a healthy service, and what must be said of it then. */
export interface Misfortune {
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
export const moveSome = async (play: Play, count: number): Promise<string[]> => {
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
/** What has to be let go again after a test. */
export const letGo: (() => Promise<unknown>)[] = [];

export const MISFORTUNES: readonly Misfortune[] = [
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
    of: 'a database that is a copy of another',
    alerts: ['ServicePaused'],
    happens: async ({ service }) => {
      await service.database.query(`UPDATE service_home SET home = home || '{"database": "another"}'`);
      await service.part(WatchHome).look();
    },
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
      // One after the other: those that ask for the same list at the same time make one call.
      await times(5, async () => {
        const [id = ''] = await moveSome(play, 1);
        await eventually(async () => expect((await play.order(id)).status).toBe('error'));
      });
    },
  },
  {
    of: 'candidates whose turn at Lever does not come',
    alerts: ['OrdersLate'],
    env: { ERROR_AFTER_SECONDS: '1', METRICS_FRESH_SECONDS: '1' },
    happens: async ({ play }) => {
      await fault(play, 'lever', { kind: 'status', status: 429, headers: { 'retry-after': '600' } });
      await moveSome(play, 2);
    },
  },
  {
    of: 'an order that VICTIG carried out after it had been taken for lost',
    alerts: ['OrdersPlacedTwice'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ play }) => {
      const [id = ''] = await moveSome(play, 1);
      await play.untilStatus(id, 'Pending');
      const { externalIdentifier, received } = await play.orderAtVictig(id);
      await play.drive('POST', '/victig/orders', {
        applicantGuid: received.order['applicantGuid'],
        clientProductGuid: SEED.victig.products.criminalPackage1,
        externalIdentifier,
      });
    },
  },
  {
    of: 'an order that VICTIG carried out after a person had ended it',
    alerts: ['OrdersPlacedAfterEnd'],
    env: { METRICS_FRESH_SECONDS: '1' },
    happens: async ({ service, play }) => {
      const submission = { method: 'POST', path: '/orders$' };
      await fault(play, 'victig', { match: submission, kind: 'drop_before', times: 1 });
      const [opportunityId = ''] = await moveSome(play, 1);
      const { id, applicantGuid } = await eventually(async () => {
        const { id } = await play.order(opportunityId);
        const submitted = (await play.timeline(id)).find(({ kind }) => kind === 'submit_started');
        expect(submitted).toBeDefined();
        return { id, applicantGuid: submitted?.data['applicantGuid'] };
      });
      await service.admin.post(`/admin/v1/orders/${id}/cancel`).send({}).expect(200);
      await play.drive('POST', '/victig/orders', {
        applicantGuid,
        clientProductGuid: SEED.victig.products.criminalPackage1,
        externalIdentifier: id,
      });
      service.clock.forward(61_000);
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
      for (const id of ids) await play.untilStatus(id, 'Pending');
      // An order that was just placed is read in any case, and what it became meanwhile is no find.
      await untilDone(service, ['refresh-order']);
      for (const id of ids) {
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
