import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { startSandbox, type Sandbox } from '../../sandbox/start-sandbox.ts';
import { buildIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { ADMIN_KEY } from '../support/service.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { CHROMIUM } from './have-chromium.js';
import { openChromium, type OpenChromium } from './open-chromium.js';

const PICTURES = 'screenshots';

describe.skipIf(!existsSync(CHROMIUM))('Swagger UI in a real Chromium', () => {
  let sandbox: Sandbox;
  let database: TestDatabase;
  let service: Child;
  let url: string;
  let browser: OpenChromium;
  let page: Page;
  let elsewhere: string[];
  let faults: string[];

  beforeAll(async () => {
    buildIfNeeded();
    mkdirSync(PICTURES, { recursive: true });
    sandbox = await startSandbox({ port: 0 });
    database = await createTestDatabase(inject('databaseTemplate'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = startChild(['dist/main.js'], {
      PORT: String(port),
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      ADMIN_API_KEY: ADMIN_KEY,
      LEVER_API_URL: sandbox.leverApiUrl,
      LEVER_AUTH_URL: sandbox.leverAuthUrl,
      VICTIG_API_URL: sandbox.victigApiUrl,
      VICTIG_API_TOKEN: SEED.victig.token,
      ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
      LOG_LEVEL: 'error',
      ...database.env,
    });
    await eventually(async () => {
      expect(service.process.exitCode, service.output()).toBeNull();
      expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    }, 120_000);

    browser = await openChromium([url], { width: 1280, height: 900 });
    ({ elsewhere, faults } = browser);
    page = await browser.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await service?.kill('SIGTERM');
    await sandbox?.close();
    await database?.drop();
  });

  const picture = (name: string): Promise<Buffer> =>
    page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });

  /** Opens an operation by its own link. */
  const open = async (tag: string, operationId: string): Promise<ReturnType<Page['locator']>> => {
    await page.goto(`${url}/docs#/${tag}/${operationId}`);
    await page.reload();
    const operation = page.locator(`#operations-${tag}-${operationId}`);
    await operation.locator('.opblock-body').waitFor();
    return operation;
  };

  it('shows every group, folded, and loads nothing from elsewhere', async () => {
    await page.goto(`${url}/docs`);
    await page.locator('.info .title').waitFor();
    const groups = page.locator('.opblock-tag');
    await eventually(async () => expect(await groups.count()).toBeGreaterThanOrEqual(10));
    expect(await groups.first().textContent()).toContain('Installations');
    expect(await page.locator('.opblock').count()).toBe(0);
    await picture('1-docs');

    await groups.first().click();
    await page.locator('#operations-Installations-createInstallation').waitFor();
    await picture('2-group');
    expect(elsewhere).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is authorized by a key, and still is after it is loaded again', async () => {
    await page.locator('button.authorize').first().click();
    await page.locator('.modal-ux input').fill(ADMIN_KEY);
    await picture('3-authorize');
    await page.locator('.modal-ux button.authorize').click();
    await page.locator('.modal-ux button.btn-done').click();
    await page.locator('button.authorize.locked').waitFor();
    await page.reload();
    const locked = page.locator('button.authorize.locked');
    await locked.waitFor();
    expect(await locked.count()).toBe(1);
  });

  it('tries an example out as it stands, and shows the answer', async () => {
    const operation = await open('Installations', 'createInstallation');
    await picture('4-operation');
    await operation.locator('button.execute').click();
    const status = operation.locator('.live-responses-table tbody .response-col_status').first();
    await eventually(async () => expect(await status.textContent()).toContain('201'));
    expect(await operation.locator('.live-responses-table').textContent()).toContain('webhookUrls');
    await picture('5-created');

    const list = await open('Installations', 'listInstallations');
    await list.locator('button.execute').click();
    const answer = list.locator('.live-responses-table');
    await eventually(async () => expect(await answer.textContent()).toContain('"name": "Acme"'));
  });

  /** Opens an operation as a reader of the page does, without loading it anew. */
  const unfold = async (tag: string, operationId: string): Promise<ReturnType<Page['locator']>> => {
    const operation = page.locator(`#operations-${tag}-${operationId}`);
    if ((await operation.count()) === 0) await page.locator(`#operations-tag-${tag}`).click();
    await operation.locator('.opblock-summary').first().click();
    await operation.locator('.opblock-body').waitFor();
    return operation;
  };
  const field = (operation: ReturnType<Page['locator']>, name: string) =>
    operation.locator(`tr[data-param-name="${name}"] input`);
  const valueOf = (operation: ReturnType<Page['locator']>, name: string): Promise<string> =>
    field(operation, name).inputValue();

  /** Presses the button, and waits until the page shows what was answered to it. */
  const execute = async (operation: ReturnType<Page['locator']>, status: string): Promise<void> => {
    // The page asks by itself, too, for what it fills in.
    const method = await operation.locator('.opblock-summary-method').first().textContent();
    const path = await operation.locator('.opblock-summary-path').first().getAttribute('data-path');
    const address = new RegExp(`^${url}${path?.replaceAll(/\{\w+\}/g, '[^/?]+')}(\\?|$)`);
    const isOwn = (request: Request): boolean => request.method() === method && address.test(request.url());
    const press = async (): Promise<Request | null> => {
      const asked = page.waitForRequest(isOwn, { timeout: 5_000 }).catch(() => null);
      await operation.locator('button.execute').click();
      return asked;
    };
    // What moves on the page in that moment takes the click; a person presses again.
    const request = (await press()) ?? (await press());
    const answer = await request?.response();
    if (!answer) throw new Error(`nothing is answered: ${await operation.innerText()}`);
    expect(String(answer.status())).toBe(status);
    const shown = operation.locator('.live-responses-table tbody .response-col_status').first();
    await eventually(async () => expect(await shown.textContent()).toContain(status));
  };

  it.each([
    ['Installations', 'readInstallation'],
    ['Versions', 'readInstallationVersion'],
    ['Versions', 'compareInstallationVersions'],
    ['Lever', 'listLeverStages'],
    ['VICTIG', 'listVictigProducts'],
    ['Previews', 'checkInstallation'],
    ['Previews', 'previewOrder'],
    ['Keys', 'readKey'],
  ])('%s: %s works as it stands, on what is there', async (tag, operationId) => {
    const operation = await open(tag, operationId);
    const ids = operation.locator('tr[data-param-in="path"] input');
    await eventually(async () => {
      const fields = await ids.all();
      // They come after the rest of the operation.
      expect(fields).not.toHaveLength(0);
      for (const id of fields) expect(await id.inputValue()).toMatch(/^[\da-f-]+$/);
    });
    await execute(operation, '200');
  });

  it('changes what is there again and again, each time against the ETag of the time (P4)', async () => {
    const operation = await open('Installations', 'changeInstallation');
    for (const version of ['1', '2', '3']) {
      await eventually(async () => expect(await valueOf(operation, 'If-Match')).toBe(`"${version}"`));
      await execute(operation, '200');
    }
    await picture('7-filled-in');
  });

  it('fills in what was looked up last, in whatever order it comes to hear of it (P4)', async () => {
    const operation = await open('Installations', 'changeInstallation');
    await eventually(async () => expect(await valueOf(operation, 'If-Match')).toBe('"4"'));
    const address = `${url}/admin/v1/installations/${await valueOf(operation, 'id')}`;
    const looked = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<void>();
    let looks = 0;
    await page.route(address, async (route) => {
      if (route.request().method() !== 'GET' || looks++ > 0) return route.continue();
      const response = await route.fetch();
      looked.resolve();
      await heard.promise;
      return route.fulfill({ response });
    });
    await execute(operation, '200');
    await looked.promise;
    const elsewhere = await fetch(address, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        'content-type': 'application/json',
        'if-match': '"5"',
      },
      body: JSON.stringify({ name: 'Acme' }),
    });
    expect(elsewhere.headers.get('etag')).toBe('"6"');
    await execute(operation, '412');
    faults.splice(0);
    await eventually(async () => expect(await valueOf(operation, 'If-Match')).toBe('"6"'));
    const late = page.waitForEvent('requestfinished');
    heard.resolve();
    await late;
    await page.unroute(address);
    await execute(operation, '200');
    await eventually(async () => expect(await valueOf(operation, 'If-Match')).toBe('"7"'));
  });

  it('writes the installation that is there into a body', async () => {
    const operation = await open('Orders', 'placeOrder');
    const body = operation.locator('.body-param__text');
    const answer = await fetch(`${url}/admin/v1/installations`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    const [installation] = ((await answer.json()) as { items: { id: string }[] }).items;
    await eventually(async () => expect(await body.inputValue()).toContain(installation?.id));
    expect(await valueOf(operation, 'Idempotency-Key')).toBe('');
  });

  it('aims what cannot be undone at nothing that nobody has looked at', async () => {
    const revoke = await open('Keys', 'revokeKey');
    const id = field(revoke, 'id');
    const read = await unfold('Keys', 'readKey');
    await eventually(async () => expect(await valueOf(read, 'id')).not.toBe(''));
    expect(await id.inputValue()).toBe('');
    await execute(read, '200');
    await revoke.locator('.opblock-summary').first().click();
    await unfold('Keys', 'revokeKey');
    await eventually(async () => expect(await id.inputValue()).toBe(await valueOf(read, 'id')));
  });

  it('never writes over what a person has typed', async () => {
    const read = await open('Installations', 'readInstallation');
    await eventually(async () => expect(await valueOf(read, 'id')).not.toBe(''));
    await field(read, 'id').fill('0199f3a0-9999-7aaa-8aaa-0123456789ab');
    await execute(read, '404');
    expect(await valueOf(read, 'id')).toBe('0199f3a0-9999-7aaa-8aaa-0123456789ab');
    faults.splice(0);
  });

  it('offers an example of each problem by its code', async () => {
    const operation = await open('Orders', 'readOrder');
    const missing = operation.locator('.responses-table tr.response[data-code="404"]');
    expect(await missing.textContent()).toContain('order_not_found');
    await picture('6-problems');
    expect(elsewhere).toEqual([]);
    expect(faults).toEqual([]);
  });
});
