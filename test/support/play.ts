import { createHmac, randomBytes } from 'node:crypto';
import type supertest from 'supertest';
import { expect } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from './eventually.js';
import { newInstallation } from './new-installation.js';
import { CALLBACK_SECRET, type TestService } from './service.js';

export const SIGNATURE_TOKEN = 'signature-token-of-the-test';
export const TRIGGER_STAGE = SEED.lever.stages.backgroundCheck;
export const OTHER_STAGE = SEED.lever.stages.offer;

export interface SeenNote {
  secret: boolean;
  fields: { value: string }[];
}

export interface SeenOpportunity {
  id: string;
  tags: string[];
  notes: SeenNote[];
}

export interface SeenOrder {
  orderGuid: string;
  status: string;
  externalIdentifier: string;
  reference: string | null;
  productName: string;
  clientGuid: string;
  reportKey: string;
  quickappLink: string;
  fileNumber: number;
  received: { applicant: Record<string, unknown>[]; order: Record<string, unknown> };
}

export interface SeenAdminOrder {
  id: string;
  status: string;
  statusReason: string | null;
  [key: string]: unknown;
}

export interface SeenEntry {
  kind: string;
  from: string | null;
  to: string | null;
  data: Record<string, unknown>;
}

export interface Installation {
  id: string;
  state: string;
  settingsVersion: number;
}

/** The people and systems around the service: recruiter, candidate, VICTIG's staff, Lever's webhooks. */
export class Play {
  installation!: Installation;

  constructor(readonly service: TestService) {}

  /** Sets up an installation as an admin would, and the sandbox to send to it. */
  async setUp(settings: object = {}, more: object = {}): Promise<Installation> {
    const created = await this.service.admin
      .post('/admin/v1/installations')
      .send(
        newInstallation({
          lever: { apiKey: SEED.lever.apiKey },
          signatureTokens: [SIGNATURE_TOKEN],
          triggerStageIds: [TRIGGER_STAGE],
          settings: { defaultProduct: 'Criminal Package 1', ...settings },
          ...more,
        }),
      )
      .expect(201);
    this.installation = created.body as Installation;
    await this.service.admin.post(`/admin/v1/installations/${this.installation.id}/activate`).expect(200);
    await this.drive('POST', '/lever/webhooks', {
      url: this.leverDoor,
      event: 'candidateStageChange',
      signatureToken: SIGNATURE_TOKEN,
    });
    await this.drive('POST', '/victig/callbacks', {
      url: `${this.service.url}/webhooks/victig`,
      authorization: CALLBACK_SECRET,
    });
    return this.installation;
  }

  get leverDoor(): string {
    return `${this.service.url}/webhooks/lever/${this.installation.id}`;
  }

  async drive<T = unknown>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.service.sandbox.url}/drive${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    expect(answer.ok, `${method} /drive${path}: ${answer.status} ${text}`).toBe(true);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async candidate(fields: object = {}): Promise<string> {
    const made = await this.drive<{ id: string }>('POST', '/lever/opportunities', {
      name: 'Ana María Ruiz',
      emails: [`ana.ruiz+${randomBytes(4).toString('hex')}@example.com`],
      phones: ['(415) 226-0134'],
      tags: ['Full-time', 'met at fair'],
      postingId: SEED.lever.postings.supportLead,
      stageId: SEED.lever.stages.recruiterScreen,
      ...fields,
    });
    return made.id;
  }

  /** Changes the installation as an admin would who has just read it. */
  async change(patch: object): Promise<void> {
    const path = `/admin/v1/installations/${this.installation.id}`;
    const { headers } = await this.service.admin.get(path).expect(200);
    await this.service.admin.patch(path).set('if-match', String(headers['etag'])).send(patch).expect(200);
  }

  move(opportunityId: string, stageId: string = TRIGGER_STAGE): Promise<unknown> {
    return this.drive('POST', `/lever/opportunities/${opportunityId}/move`, { stageId });
  }

  opportunity(id: string): Promise<SeenOpportunity> {
    return this.drive('GET', `/lever/opportunities/${id}`);
  }

  /** All orders at VICTIG that carry the email address of the opportunity; tests give each their own. */
  async ordersAtVictig(opportunityId: string): Promise<SeenOrder[]> {
    return this.drive('GET', `/victig/orders?opportunity=${opportunityId}`);
  }

  /** The one order there is. */
  async orderAtVictig(opportunityId: string): Promise<SeenOrder> {
    const orders = await this.ordersAtVictig(opportunityId);
    expect(orders).toHaveLength(1);
    return orders[0] as SeenOrder;
  }

  /** Waits until exactly one status tag is there, and it is this one. */
  async untilStatus(opportunityId: string, value: string): Promise<SeenOpportunity> {
    return eventually(async () => {
      const seen = await this.opportunity(opportunityId);
      const statuses = seen.tags.filter((tag) => tag.startsWith('Background Check Status:'));
      expect(statuses).toEqual([`Background Check Status: ${value}`]);
      return seen;
    });
  }

  /** Waits until no order is to be read at VICTIG any more, for a callback or for whatever else. */
  untilAllRead(): Promise<void> {
    return eventually(async () => {
      const left = await this.service.database.query<unknown[]>(
        // A callback that overtook its order waits for longer.
        `SELECT id FROM pgboss.job WHERE name IN ('take-callback', 'refresh-order') AND state <= 'active'
           AND start_after < now() + interval '1 minute'`,
      );
      expect(left).toEqual([]);
    });
  }

  /** The latest order of an opportunity, by the admin API. */
  async order(opportunityId: string): Promise<SeenAdminOrder> {
    const answer = await this.service.admin
      .get('/admin/v1/orders')
      .query({ opportunityId, installationId: this.installation.id })
      .expect(200);
    const [order] = (answer.body as { items: SeenAdminOrder[] }).items;
    if (!order) throw new Error('there is no order of that opportunity');
    return order;
  }

  async timeline(orderId: string): Promise<SeenEntry[]> {
    const answer = await this.service.admin.get(`/admin/v1/orders/${orderId}/timeline`).expect(200);
    return (answer.body as { entries: SeenEntry[] }).entries;
  }

  /** What the order did last. Of one result there are several callbacks; the later ones may come when all is done. */
  async lastStep(orderId: string): Promise<string | undefined> {
    const entries = await this.timeline(orderId);
    return entries.findLast(({ kind }) => kind !== 'delivery' && kind !== 'call')?.kind;
  }

  /** What became of the deliveries that are kept, oldest first. */
  async deliveries(): Promise<{ source: string; event: string; outcome: string; reason: string | null }[]> {
    return this.service.database.query(
      'SELECT source, event, outcome, reason FROM deliveries ORDER BY received_at, id',
    );
  }

  /** Sends a webhook to the installation's door, as anyone could. */
  knock(body: object | string, installationId: string = this.installation.id): supertest.Test {
    return this.service.anyone
      .post(`/webhooks/lever/${installationId}`)
      .set('content-type', 'application/json')
      .send(body);
  }
}

export interface WebhookChanges {
  token?: string;
  triggeredAt?: number;
  [key: string]: unknown;
}

/** A webhook as Lever would send it; changes are made after signing, except to what is signed. */
export function leverWebhook(
  changes: WebhookChanges = {},
  signWith: string = SIGNATURE_TOKEN,
): Record<string, unknown> & { token: string } {
  const token = changes.token ?? randomBytes(24).toString('hex');
  const triggeredAt = changes.triggeredAt ?? Date.now();
  const signature = createHmac('sha256', signWith).update(`${token}${triggeredAt}`).digest('hex');
  return {
    event: 'candidateStageChange',
    data: { opportunityId: 'nobody', toStageId: TRIGGER_STAGE },
    signature,
    ...changes,
    token,
    triggeredAt,
  };
}
