import type { Client } from 'pg';

/** A call that is measured, as many times as is wished with other values. */
export interface Case {
  name: string;
  /** @param n 0, 1, 2, … */
  path(n: number): string;
}

interface Sample {
  id: string;
  installation_id: string;
  opportunity_id: string;
  file_number: string | null;
  provider_order_guid: string | null;
}

const DAY_MS = 86_400_000;

/** The routes that search, list and tell, with conditions that meet much, little and nothing. */
export async function casesFor(database: Client): Promise<Case[]> {
  const { rows } = await database.query<Sample>(
    `SELECT id, installation_id, opportunity_id, file_number, provider_order_guid FROM orders
     WHERE file_number IS NOT NULL ORDER BY md5(id::text) LIMIT 500`,
  );
  const any = (n: number): Sample => rows[n % rows.length] as Sample;
  const actor =
    (
      await database.query<{ actor: string }>(
        `SELECT actor FROM audit_entries WHERE actor LIKE 'admin_key:%' LIMIT 1`,
      )
    ).rows[0]?.actor ?? '';
  const ago = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
  const week = (n: number) => ({ from: ago(37 - (n % 7)), to: ago(30 - (n % 7)) });
  const hour = (n: number) => ({ from: ago(30 - n / 100), to: ago(30 - n / 100 - 1 / 24) });
  const list = (what: string, query: (n: number) => Record<string, string>) => (n: number) =>
    `/admin/v1/${what}?${new URLSearchParams(query(n)).toString()}`;
  return [
    { name: 'floor: GET /health/live', path: () => '/health/live' },
    { name: 'orders: newest 50', path: list('orders', () => ({})) },
    { name: 'orders: newest 200', path: list('orders', () => ({ limit: '200' })) },
    { name: 'orders: a page far behind', path: list('orders', (n) => ({ cursor: any(n).id })) },
    {
      name: 'orders: of an installation',
      path: list('orders', (n) => ({ installationId: any(n).installation_id })),
    },
    {
      name: 'orders: of an installation, far behind',
      path: list('orders', (n) => ({ installationId: any(n).installation_id, cursor: any(n + 1).id })),
    },
    { name: 'orders: with a common status', path: list('orders', () => ({ status: 'complete' })) },
    { name: 'orders: with a rare status', path: list('orders', () => ({ status: 'error' })) },
    { name: 'orders: with a status that none has', path: list('orders', () => ({ status: 'received' })) },
    {
      name: 'orders: of an installation with a rare status',
      path: list('orders', (n) => ({ installationId: any(n).installation_id, status: 'error' })),
    },
    {
      name: 'orders: of an opportunity',
      path: list('orders', (n) => ({ opportunityId: any(n).opportunity_id })),
    },
    {
      name: 'orders: by file number',
      path: list('orders', (n) => ({ fileNumber: any(n).file_number ?? '' })),
    },
    {
      name: 'orders: by a file number that none has',
      path: list('orders', () => ({ fileNumber: 'none-such' })),
    },
    {
      name: 'orders: by VICTIG order guid',
      path: list('orders', (n) => ({ orderGuid: any(n).provider_order_guid ?? '' })),
    },
    { name: 'orders: a product', path: list('orders', (n) => ({ product: `Criminal Package ${n % 9}` })) },
    {
      name: 'orders: a product of an installation',
      path: list('orders', (n) => ({
        installationId: any(n).installation_id,
        product: `Criminal Package ${n % 9}`,
      })),
    },
    { name: 'orders: a product that none has', path: list('orders', () => ({ product: 'None Such' })) },
    {
      name: 'orders: a settings version of an installation',
      path: list('orders', (n) => ({
        installationId: any(n).installation_id,
        settingsVersion: String(1 + (n % 4)),
      })),
    },
    { name: 'orders: a settings version', path: list('orders', () => ({ settingsVersion: '2' })) },
    {
      name: 'orders: a settings version that none has',
      path: list('orders', () => ({ settingsVersion: '999' })),
    },
    { name: 'orders: a common warning', path: list('orders', () => ({ warning: 'phone_left_out' })) },
    { name: 'orders: a rare warning', path: list('orders', () => ({ warning: 'reference_missing' })) },
    {
      name: 'orders: a common warning of an installation',
      path: list('orders', (n) => ({ installationId: any(n).installation_id, warning: 'phone_left_out' })),
    },
    { name: 'orders: a warning in Lever', path: list('orders', () => ({ warning: 'tag_not_added' })) },
    {
      name: 'orders: a warning in Lever that none has',
      path: list('orders', () => ({ warning: 'report_not_attached' })),
    },
    {
      name: 'orders: an invitation that ends',
      path: list('orders', () => ({ warning: 'quick_app_expiring' })),
    },
    { name: 'orders: an hour, a month ago', path: list('orders', (n) => hour(n)) },
    { name: 'orders: a week, a month ago', path: list('orders', (n) => week(n)) },
    { name: 'orders: since an hour', path: list('orders', () => ({ from: ago(1 / 24) })) },
    { name: 'orders: until a month ago', path: list('orders', () => ({ to: ago(30) })) },
    {
      name: 'orders: of an installation, a week, a month ago',
      path: list('orders', (n) => ({ installationId: any(n).installation_id, ...week(n) })),
    },
    {
      name: 'orders: with a rare status, a week, a month ago',
      path: list('orders', (n) => ({ status: 'error', ...week(n) })),
    },
    {
      name: 'orders: a text that one has',
      path: list('orders', (n) => ({ text: any(n).file_number ?? '' })),
    },
    {
      name: 'orders: the beginning of an id',
      path: list('orders', (n) => ({ text: any(n).opportunity_id.slice(0, 8) })),
    },
    { name: 'orders: a text that many have', path: list('orders', () => ({ text: 'criminal package' })) },
    { name: 'orders: a text that some have', path: list('orders', () => ({ text: 'missing_email' })) },
    { name: 'orders: a text that none has', path: list('orders', () => ({ text: 'nothing-of-the-kind' })) },
    {
      name: 'orders: texts that many and few have',
      path: list('orders', (n) => ({ text: `criminal ${(any(n).file_number ?? '').slice(0, 5)}` })),
    },
    {
      name: 'orders: a text that some have, of an installation',
      path: list('orders', (n) => ({ installationId: any(n).installation_id, text: 'missing_email' })),
    },
    { name: 'order: read', path: (n) => `/admin/v1/orders/${any(n).id}` },
    { name: 'order: timeline', path: (n) => `/admin/v1/orders/${any(n).id}/timeline` },
    { name: 'deliveries: newest 50', path: list('deliveries', () => ({})) },
    { name: 'deliveries: of an order', path: list('deliveries', (n) => ({ orderId: any(n).id })) },
    {
      name: 'deliveries: ignored, of an installation',
      path: list('deliveries', (n) => ({ installationId: any(n).installation_id, outcome: 'ignored' })),
    },
    { name: 'deliveries: ignored', path: list('deliveries', () => ({ outcome: 'ignored' })) },
    {
      name: 'deliveries: with an outcome that none has',
      path: list('deliveries', () => ({ outcome: 'queued' })),
    },
    { name: 'deliveries: of VICTIG', path: list('deliveries', () => ({ source: 'victig' })) },
    { name: 'deliveries: a common reason', path: list('deliveries', () => ({ reason: 'other_stage' })) },
    {
      name: 'deliveries: a rare reason',
      path: list('deliveries', () => ({ reason: 'opportunity_not_found' })),
    },
    {
      name: 'deliveries: a reason that none has',
      path: list('deliveries', () => ({ reason: 'installation_paused' })),
    },
    {
      name: 'deliveries: a reason that none has, of an installation',
      path: list('deliveries', (n) => ({
        installationId: any(n).installation_id,
        reason: 'installation_paused',
      })),
    },
    { name: 'deliveries: an hour, a month ago', path: list('deliveries', (n) => hour(n)) },
    { name: 'deliveries: a week, a month ago', path: list('deliveries', (n) => week(n)) },
    {
      name: 'deliveries: of an installation, a week, a month ago',
      path: list('deliveries', (n) => ({ installationId: any(n).installation_id, ...week(n) })),
    },
    {
      name: 'deliveries: ignored, of an installation, an hour, a month ago',
      path: list('deliveries', (n) => ({
        installationId: any(n).installation_id,
        outcome: 'ignored',
        ...hour(n),
      })),
    },
    { name: 'audit: newest 50', path: list('audit', () => ({})) },
    {
      name: 'audit: of an installation',
      path: list('audit', (n) => ({ installationId: any(n).installation_id })),
    },
    { name: 'audit: of an order', path: list('audit', (n) => ({ orderId: any(n).id })) },
    { name: 'audit: a common action', path: list('audit', () => ({ action: 'order.moved' })) },
    { name: 'audit: a rare action', path: list('audit', () => ({ action: 'installation.changed' })) },
    { name: 'audit: an action that never was', path: list('audit', () => ({ action: 'key.revoked' })) },
    { name: 'audit: a person', path: list('audit', () => ({ actor })) },
    {
      name: 'audit: a rare action of an installation',
      path: list('audit', (n) => ({
        installationId: any(n).installation_id,
        action: 'installation.changed',
      })),
    },
    {
      name: 'audit: a week, a month ago',
      path: list('audit', (n) => week(n)),
    },
    {
      name: 'audit: an hour, a month ago',
      path: list('audit', (n) => hour(n)),
    },
    {
      name: 'audit: an installation, a month ago',
      path: list('audit', (n) => ({ installationId: any(n).installation_id, to: ago(30) })),
    },
    {
      name: 'audit: a rare action, until a month ago',
      path: list('audit', () => ({ action: 'installation.changed', to: ago(30) })),
    },
    {
      name: 'audit: an action that never was, a week, a month ago',
      path: list('audit', (n) => ({ action: 'key.revoked', ...week(n) })),
    },
    {
      name: 'audit: a person, of an installation',
      path: list('audit', (n) => ({ installationId: any(n).installation_id, actor })),
    },
    { name: 'audit: a page far behind', path: list('audit', (n) => ({ cursor: any(n).id })) },
    { name: 'installations: newest 50', path: list('installations', () => ({})) },
    { name: 'queues', path: () => '/admin/v1/queues' },
    { name: 'status', path: () => '/admin/v1/status' },
  ];
}
