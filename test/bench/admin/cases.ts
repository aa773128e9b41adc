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
}

const DAY_MS = 86_400_000;

/** The routes that search, list and tell, with conditions that meet much, little and nothing. */
export async function casesFor(database: Client): Promise<Case[]> {
  const { rows } = await database.query<Sample>(
    `SELECT id, installation_id, opportunity_id, file_number FROM orders
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
    { name: 'order: read', path: (n) => `/admin/v1/orders/${any(n).id}` },
    { name: 'order: timeline', path: (n) => `/admin/v1/orders/${any(n).id}/timeline` },
    { name: 'deliveries: newest 50', path: list('deliveries', () => ({})) },
    { name: 'deliveries: of an order', path: list('deliveries', (n) => ({ orderId: any(n).id })) },
    {
      name: 'deliveries: ignored, of an installation',
      path: list('deliveries', (n) => ({ installationId: any(n).installation_id, outcome: 'ignored' })),
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
      path: list('audit', (n) => ({ from: ago(37 - (n % 7)), to: ago(30 - (n % 7)) })),
    },
    {
      name: 'audit: an hour, a month ago',
      path: list('audit', (n) => ({ from: ago(30 - n / 100), to: ago(30 - n / 100 - 1 / 24) })),
    },
    {
      name: 'audit: an installation, a month ago',
      path: list('audit', (n) => ({ installationId: any(n).installation_id, to: ago(30) })),
    },
  ];
}
