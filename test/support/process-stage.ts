import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start-sandbox.ts';
import { startChild, type Child } from './child.js';
import { freePort } from './free-port.js';
import { newInstallation } from './new-installation.js';
import { SIGNATURE_TOKEN, TRIGGER_STAGE } from './play.js';
import { ADMIN_KEY } from './service.js';
import { createTestDatabase } from './test-database.js';

export interface Replica {
  url: string;
  child: Child;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Several processes of the service on one PostgreSQL, with the sandbox vendors beside them. */
export class ProcessStage implements AsyncDisposable {
  private constructor(
    readonly sandbox: Sandbox,
    /** A connection of the test's own, to look in. */
    readonly database: Client,
    /** What the next process is started with. */
    readonly env: Record<string, string>,
    private readonly takeDown: AsyncDisposableStack,
  ) {}

  static async set(more: Record<string, string> = {}): Promise<ProcessStage> {
    const takeDown = new AsyncDisposableStack();
    const made = await createTestDatabase(inject('databaseTemplate'));
    takeDown.defer(() => made.drop());
    const sandbox = await startSandbox({ port: 0 });
    takeDown.defer(() => sandbox.close());
    const database = new Client({ connectionString: made.env['DATABASE_URL'] });
    await database.connect();
    takeDown.defer(() => database.end());
    const env = {
      ...made.env,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: ADMIN_KEY,
      LEVER_API_URL: sandbox.leverApiUrl,
      LEVER_AUTH_URL: sandbox.leverAuthUrl,
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
      VICTIG_API_URL: sandbox.victigApiUrl,
      VICTIG_API_TOKEN: SEED.victig.token,
      ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
      LEVER_REQUESTS_PER_SECOND: '1000',
      LEVER_BURST: '1000',
      LOG_LEVEL: 'info',
      ...more,
    };
    return new ProcessStage(sandbox, database, env, takeDown);
  }

  async start(): Promise<Replica> {
    const port = await freePort();
    const child = startChild(['dist/main.js'], { ...this.env, PORT: String(port) });
    this.takeDown.defer(async () => void (await child.kill('SIGKILL')));
    const url = `http://127.0.0.1:${port}`;
    await child.ready(url);
    return { url, child };
  }

  /** Calls the service with an admin's key. */
  async call(url: string, method = 'GET', body?: object): Promise<Answer> {
    const answer = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }

  async drive<T>(method: string, path: string, body?: object): Promise<T> {
    return (await this.call(`${this.sandbox.url}/drive${path}`, method, body)).body as T;
  }

  /** Makes an installation, whose id is answered. */
  async create({ url }: Replica, lever: object = {}): Promise<string> {
    const installation = newInstallation({
      lever,
      signatureTokens: [SIGNATURE_TOKEN],
      triggerStageIds: [TRIGGER_STAGE],
    });
    const { body } = await this.call(`${url}/admin/v1/installations`, 'POST', installation);
    return String(body['id']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.takeDown.disposeAsync();
  }
}
