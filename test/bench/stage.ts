import { randomBytes, randomUUID } from 'node:crypto';
import { SEED } from '../../sandbox/seed.ts';
import { createRunDatabase, type RunDatabase } from '../chaos/database.ts';
import { startProcess, type RunningProcess } from '../chaos/running-process.ts';
import { SandboxProcess } from '../chaos/sandbox-process.ts';
import { freePort } from '../support/free-port.ts';
import type { BenchDatabase } from './admin/bench-database.ts';
import { benchServer } from './bench-server.ts';
import { profileArgs } from './profile.ts';
import { SERVICE_COMMAND } from '../../sandbox/try-it/service-command.ts';

export const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';

/** Of a database that an older version filled, too. */
const FORGET_HOME = `DO $$ BEGIN
  IF to_regclass('service_home') IS NOT NULL THEN DELETE FROM service_home; END IF;
END $$`;

/** Nothing of the pace of calls to vendors is held back. */
export const UNLIMITED = {
  LEVER_REQUESTS_PER_SECOND: '100000',
  LEVER_BURST: '100000',
  VICTIG_REQUESTS_PER_SECOND: '100000',
  VICTIG_BURST: '100000',
  VICTIG_REQUESTS_PER_DAY: '999999999',
};

/** What a recruiter of one customer needs to set the service going. */
export interface Customer {
  id: string;
  account: string;
  apiKey: string;
  signatureToken: string;
}

export interface Running {
  port: number;
  process: RunningProcess;
  /** What it took until it was ready. */
  startMs: number;
}

/** The service on a PostgreSQL database of its own with the sandbox vendors, all as processes. */
export class Stage {
  readonly database: RunDatabase;
  readonly sandbox: SandboxProcess;
  private readonly running: RunningProcess[] = [];
  /** The same for every process of a run: what one sealed another opens. */
  private readonly encryptionKeys: string;

  private constructor(database: RunDatabase, encryptionKeys: string, sandbox: SandboxProcess) {
    this.database = database;
    this.encryptionKeys = encryptionKeys;
    this.sandbox = sandbox;
  }

  /**
   * On the bench's server.
   * @param template a database of the server to begin with a copy of, and what seals in it
   */
  static async set(template?: Pick<BenchDatabase, 'name' | 'encryptionKeys'>): Promise<Stage> {
    await benchServer();
    const database = await createRunDatabase(false, template?.name);
    // This copy is meant; a service that finds itself restored would wait for a person.
    if (template !== undefined) await database.read(FORGET_HOME);
    const keys = template?.encryptionKeys ?? `bench:${randomBytes(32).toString('base64')}`;
    return new Stage(database, keys, await SandboxProcess.start(await freePort()));
  }

  async strike(): Promise<void> {
    await Promise.all(this.running.map((each) => each.end('SIGKILL')));
    await this.sandbox.stop();
    await this.database.drop();
  }

  async start(args: string[], env: Record<string, string>): Promise<Running> {
    const port = await freePort();
    const begun = Date.now();
    const process = startProcess(args, { ...this.database.env, ...env, PORT: String(port) });
    this.running.push(process);
    await process.until(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
    return { port, process, startMs: Date.now() - begun };
  }

  /** @param profileTo a folder for the profile of its processor time, written when it ends by itself */
  startService(env: Record<string, string> = {}, profileTo?: string): Promise<Running> {
    return this.start([...profileArgs(profileTo), ...SERVICE_COMMAND], {
      ENCRYPTION_KEYS: this.encryptionKeys,
      ADMIN_API_KEY: ADMIN_KEY,
      LEVER_API_URL: `${this.sandbox.url}/lever/v1`,
      LEVER_AUTH_URL: `${this.sandbox.url}/lever/auth`,
      VICTIG_API_URL: `${this.sandbox.url}/victig/v1`,
      VICTIG_API_TOKEN: SEED.victig.token,
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
      ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
      // All the load comes from one address, which refuses forgeries beyond a few hundred a minute with another status.
      ADDRESS_REFUSALS_PER_MINUTE: '0',
      LOG_LEVEL: 'error',
      ...env,
    });
  }

  /**
   * A customer with a Lever account of its own and an installation that orders.
   * @param signIn how it is connected to Lever
   */
  async addCustomer(port: number, name: string, signIn: 'api key' | 'oauth' = 'api key'): Promise<Customer> {
    const account = `bench-${name}`;
    const apiKey = `bench-key-of-${name}`;
    const signatureToken = `bench-signature-token-of-${name}`;
    const clientGuid = randomUUID();
    await this.sandbox.post('/lever/keys', { key: apiKey, account });
    await this.sandbox.post('/victig/clients', { name, clientGuid, products: ['Criminal Package 1'] });
    const { id } = await this.admin<{ id: string }>(port, '/installations', {
      name,
      lever: signIn === 'api key' ? { apiKey } : {},
      signatureTokens: [signatureToken],
      triggerStageIds: [SEED.lever.stages.backgroundCheck],
      victig: { clientGuid },
      certification: {
        certifiedBy: name,
        certifiedAt: '2026-11-22T00:00:00Z',
        statement: 'These checks are pretended.',
      },
      settings: { defaultProduct: 'Criminal Package 1' },
    });
    if (signIn === 'oauth') await this.consent(port, id, account);
    await this.admin(port, `/installations/${id}/activate`, {});
    return { id, account, apiKey, signatureToken };
  }

  /** A candidate of the customer who is in the trigger stage already. */
  async addCandidate({ account }: Customer, number: number): Promise<string> {
    const { id } = await this.sandbox.post<{ id: string }>('/lever/opportunities', {
      account,
      name: 'Ana Ruiz',
      emails: [`ana${number}@example.com`],
      stageId: SEED.lever.stages.backgroundCheck,
    });
    return id;
  }

  /** As a Super Admin of the account would, by the link that an admin sent. */
  private async consent(port: number, id: string, account: string): Promise<void> {
    await this.sandbox.patch('/lever/behaviour', { autoConsent: 'accept', consentAccount: account });
    const { url } = await this.admin<{ url: string }>(port, `/installations/${id}/oauth-link`, {});
    const decided = await fetch(url, { redirect: 'manual' });
    const back = new URL(decided.headers.get('location') ?? '');
    const answer = await fetch(`http://127.0.0.1:${port}${back.pathname}${back.search}`);
    if (!answer.ok) throw new Error(`the way back from Lever was answered ${answer.status}`);
  }

  private async admin<T>(port: number, path: string, body: object): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${port}/admin/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
