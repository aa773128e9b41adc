import { SEED } from '../../sandbox/seed.ts';
import type { Customer } from './customers.ts';

export const ADMIN_KEY = 'chaos-admin-key-0123456789abcdef';

/** As the admin API shows it. */
export interface AdminOrder {
  id: string;
  opportunityId: string;
  status: string;
  statusReason: string | null;
}

/** The admin API, as an operator uses it. */
export class ServiceClient {
  private readonly url: () => string;

  constructor(url: () => string) {
    this.url = url;
  }

  /** Sets an installation up and starts it; answers its id. */
  async install(customer: Customer): Promise<string> {
    const { id } = await this.call<{ id: string }>('POST', '/installations', {
      name: customer.name,
      lever: { apiKey: customer.apiKey },
      signatureTokens: [customer.signatureToken],
      triggerStageIds: [SEED.lever.stages.backgroundCheck],
      victig: { clientGuid: customer.clientGuid },
      certification: {
        certifiedBy: `Director of HR, ${customer.name}`,
        certifiedAt: '2026-11-22T00:00:00Z',
        statement: 'These checks are pretended.',
      },
      settings: customer.settings,
    });
    await this.call('POST', `/installations/${id}/activate`, {});
    return id;
  }

  async orders(): Promise<AdminOrder[]> {
    const orders: AdminOrder[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: AdminOrder[]; nextCursor: string | null } = await this.call(
        'GET',
        `/orders?limit=200${from}`,
      );
      orders.push(...page.items);
      cursor = page.nextCursor;
    }
    return orders;
  }

  /** Whether any delivery still waits to be decided. */
  async hasQueuedDeliveries(): Promise<boolean> {
    const page = await this.call<{ items: object[] }>('GET', '/deliveries?outcome=queued&limit=1');
    return page.items.length > 0;
  }

  /** Whether the audit trail is whole, and where it is not. */
  verifyAudit(): Promise<{ ok: boolean; first: object | null }> {
    return this.call('GET', '/audit/verify');
  }

  timeline(orderId: string): Promise<{ entries: object[] }> {
    return this.call('GET', `/orders/${orderId}/timeline`);
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.url()}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
