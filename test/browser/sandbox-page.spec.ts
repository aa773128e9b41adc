import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildIfNeeded, buildPageIfNeeded } from '../../sandbox/try-it/build-if-needed.ts';
import { startChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { faultsOfAccessibility } from './faults-of-accessibility.js';
import { CHROMIUM } from './have-chromium.js';
import { openChromium, type OpenChromium } from './open-chromium.js';
import { SandboxPlayer } from './sandbox-player.js';

const PICTURES = 'screenshots';
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const NARROWEST = { width: 360, height: 640 };

const PARTS = ['board', 'candidate', 'victig', 'service'] as const;

// The tests play one story, in order, on one `npm start`, as a person would.
describe.skipIf(!existsSync(CHROMIUM))('the sandbox in a real Chromium', () => {
  let program: Child;
  let dataDir: string;
  let url: string;
  let browser: OpenChromium;
  let page: Page;
  let player: SandboxPlayer;

  beforeAll(async () => {
    buildIfNeeded();
    buildPageIfNeeded();
    mkdirSync(PICTURES, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'sandbox-page-'));
    const [port, sandboxPort] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${sandboxPort}`;
    program = startChild(['sandbox/try-it.ts'], {
      PORT: String(port),
      SANDBOX_PORT: String(sandboxPort),
      DATA_DIR: dataDir,
    });
    await eventually(() => {
      expect(program.process.exitCode, program.output()).toBeNull();
      expect(program.output()).toContain(`Open this page and play all three parts:\n\n  ${url}\n`);
    }, 120_000);
    browser = await openChromium([url, 'data:'], DESKTOP);
    page = await browser.newPage();
    player = new SandboxPlayer(page, url);
    await player.open();
  });
  afterAll(async () => {
    await browser?.close();
    await program?.kill('SIGTERM');
    if (dataDir) rmSync(dataDir, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(browser.elsewhere, 'nothing is loaded from elsewhere').toEqual([]);
    expect(browser.faults, 'no error in the console').toEqual([]);
  });

  /** In light and dark, on a desktop and on a phone. */
  const pictures = async (name: string): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        await page.setViewportSize(viewport);
        await page.screenshot({ path: join(PICTURES, `sandbox-${name}-${colorScheme}-${size}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
    await page.setViewportSize(DESKTOP);
  };
  const drive = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/drive${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return text === '' ? null : JSON.parse(text);
  };

  it('is offered as a tour of six steps at the first visit, which ends with the result note', async () => {
    await player.button('Take the tour').waitFor();
    await pictures('1-first-visit');
    await player.button('Take the tour').click();
    await player.tour().getByText('Step 1 of 6').waitFor();

    await player.drag('Ana Ruiz', 'Background Check');
    await player.cardIn('Background Check', 'Ana Ruiz').getByText('Background Check Status: Pending').waitFor();
    await eventually(async () => {
      const groups = await player.strip().locator('.entry__mark').allTextContents();
      expect(new Set(groups)).toEqual(new Set(['Delivery', 'Decision', 'Call', 'Tag']));
    });
    await pictures('2-pending');

    await player.nextStep('See the order at VICTIG');
    await player.button('Show me where').click();
    const order = page.getByRole('button', { name: /Ana Ruiz/ });
    await expect.poll(() => order.getAttribute('aria-expanded')).toBe('true');
    await pictures('3-desk');

    await player.nextStep('Fill in the form');
    await player.button('Show me where').click();
    await page.getByRole('article', { name: 'Invitation by email' }).getByText('ana.ruiz@example.com').waitFor();
    await player.button('Start the form').click();
    await player.button('Fill in for me').click();
    await pictures('4-form');
    await player.button('Submit').click();
    await page.getByText('The form is with VICTIG.').first().waitFor();

    await player.nextStep('Complete the report');
    await player.button('Show me where').click();
    await page.getByRole('switch', { name: 'Flagged' }).check();
    await page.getByLabel(/^Result of/).first().selectOption('records found');
    await player.button('Complete').click();

    await player.nextStep('Open Ana Ruiz’s card');
    await player.go('Recruiter');
    const card = await player.openCard('Ana Ruiz');
    for (const tag of ['Background Check Status: Complete', 'Flag: True', 'Decision: Eligible']) {
      await card.getByText(tag, { exact: true }).waitFor();
    }
    expect(await card.getByText('Criminal Package 1').count()).toBe(0);
    await card.getByText('Hidden from whoever may not see it.').waitFor();

    await player.nextStep('Read the result note');
    await card.getByRole('switch', { name: 'View as authorized user' }).check();
    await card.getByText(/Criminal Package 1/).waitFor();
    await pictures('5-result');
    await player.nextStep('The tour is over');
  });

  it('goes on where it was after a reload, in the middle of a tour', async () => {
    await player.button('Next: When things go wrong').click();
    await player.tour().getByText('Step 1 of 7').waitFor();
    await page.reload();
    await player.tour().getByText('Step 1 of 7').waitFor();
    await player.tour().getByText('Move Lee Nomail to Background Check').waitFor();
    await player.strip().getByText('What the service did for Lee Nomail').waitFor();
  });

  it('shows a refusal mended, an outage survived and a duplicate ignored in its second tour', async () => {
    // From "Reached out" to "Background Check", by the keyboard.
    await player.carry('Lee Nomail', 6);
    await player.cardIn('Background Check', 'Lee Nomail').getByText('Background Check Status: Rejected').waitFor();
    await player.nextStep('Mend it');
    await player.button('Show me where').click();
    const lee = page.getByRole('dialog', { name: 'Lee Nomail' });
    await lee.getByText(/the opportunity has no email address/).waitFor();
    await pictures('6-refused');
    await lee.getByLabel('Email addresses').fill('lee@example.com');
    await lee.getByRole('button', { name: 'Save' }).click();

    await player.nextStep('Move Lee Nomail out and back in');
    const stage = lee.getByLabel('Stage');
    await stage.selectOption('Offer');
    await player.cardIn('Offer', 'Lee Nomail').waitFor();
    await stage.selectOption('Background Check');
    await lee.getByText('Background Check Status: Pending').waitFor();

    await player.nextStep('Switch VICTIG off');
    await player.button('Show me where').click();
    await player.fault('VICTIG', 'Down', true);
    await page.getByRole('link', { name: '1 fault on' }).waitFor();

    await player.nextStep('Move Jan van der Berg to Background Check');
    await player.button('Show me where').click();
    await player.drag('Jan van der Berg', 'Background Check');
    await player.strip().getByText('503', { exact: false }).first().waitFor();
    await pictures('7-outage');

    await player.nextStep('Switch VICTIG on again');
    await player.button('Show me where').click();
    await player.fault('VICTIG', 'Down', false);

    await player.nextStep('Send the same webhook again');
    await player.button('Show me where').click();
    const jan = page.getByRole('dialog', { name: 'Jan van der Berg' });
    await jan.getByText('Background Check Status: Pending').waitFor();
    await jan.getByRole('button', { name: 'Send again' }).first().click();
    await jan.getByText(/once more.*answered 200/).waitFor();
    await player.nextStep('there is still one order and one tag');
    const orders = (await drive('GET', '/victig/orders')) as { applicant: { lastName: string } }[];
    expect(orders.filter(({ applicant }) => applicant.lastName === 'van der Berg')).toHaveLength(1);
    await player.tour().getByRole('button', { name: 'Close' }).click();
  });

  it('moves cards by the keyboard, says so, keeps the focus, and puts them back', async () => {
    await player.open('#/board');
    const sam = player.card('Sam Lee');
    await sam.focus();
    await page.keyboard.press('Space');
    await expect.poll(() => player.said()).toContain('Sam Lee is picked up from Recruiter screen');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => player.said()).toBe('Over On-site interview, column 6 of 8.');
    await page.keyboard.press('Escape');
    await expect.poll(() => player.said()).toBe('Sam Lee stays in Recruiter screen.');
    await player.cardIn('Recruiter screen', 'Sam Lee').waitFor();

    await player.carry('Sam Lee', 1);
    await player.cardIn('On-site interview', 'Sam Lee').waitFor();
    await expect.poll(() => player.said()).toBe('Sam Lee was moved to On-site interview.');
    await expect.poll(() => sam.evaluate((link) => link === document.activeElement)).toBe(true);
    await page.keyboard.press('ArrowLeft');
    expect(await sam.evaluate((link) => link === document.activeElement)).toBe(false);

    await sam.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Sam Lee' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Sam Lee' }).waitFor({ state: 'detached' });
    await expect.poll(() => sam.evaluate((link) => link === document.activeElement)).toBe(true);
  });

  it('shows one world in two tabs', async () => {
    const other = await browser.newPage();
    const second = new SandboxPlayer(other, url);
    await second.open();
    await player.drag('Sam Lee', 'Offer');
    await second.cardIn('Offer', 'Sam Lee').waitFor();
    await other.bringToFront();
    await second.drag('Sam Lee', 'Background Check');
    await page.bringToFront();
    await player.cardIn('Background Check', 'Sam Lee').getByText('Background Check Status: Pending').waitFor();
    await other.close();
    // The tag of the candidate chose another product.
    await player.go('VICTIG');
    await page.getByRole('button', { name: /Sam Lee.*Criminal Package 2/ }).waitFor();
  });

  it('lets the candidate’s invitation expire, and VICTIG invite again', async () => {
    await player.go('Candidate');
    await page.getByLabel('Whose mailbox').selectOption('Sam Lee');
    await player.button('Open the form').click();
    await player.button('Let it expire').click();
    await page.getByText('This invitation has expired').waitFor();
    await pictures('8-expired');
    await player.button('Invite again, as VICTIG’s staff').click();
    await player.button('Open the form').click();
    await player.button('Submit').waitFor();
  });

  it('leads an order through VICTIG’s statuses, cancels it, and reopens another', async () => {
    await player.go('VICTIG');
    await page.getByRole('button', { name: /Sam Lee/ }).waitFor();
    await page.getByLabel('Status', { exact: true }).selectOption('qa review');
    await player.button('Advance').click();
    await page.getByRole('button', { name: /Sam Lee.*qa review/ }).waitFor();
    await player.button('Cancel the order').click();
    await page.getByRole('button', { name: /Sam Lee.*canceled/ }).waitFor();
    await player.strip().getByText(/Background Check Status: Canceled/).first().waitFor();

    await page.getByRole('button', { name: /Ana Ruiz/ }).click();
    await player.button('Reopen').click();
    await page.getByRole('button', { name: /Ana Ruiz.*pending/ }).waitFor();
    await page.getByRole('switch', { name: 'Flagged' }).uncheck();
    await player.button('Complete').click();
    await player.strip().getByText(/Put on the opportunity: .*Flag: False/).waitFor();
  });

  it.each([
    ['VICTIG', 'Slow'],
    ['VICTIG', 'Too many requests'],
    ['VICTIG', 'Drops answers'],
    ['VICTIG', 'Loses callbacks'],
    ['Lever', 'Repeats webhooks'],
  ] as const)('orders once and shows it in the end, whatever %s does: %s', async (vendor, fault) => {
    await player.go('VICTIG');
    await player.fault(vendor, fault, true);
    await player.go('Recruiter');
    await player.button('Add candidates').click();
    const name = `Test ${fault}`;
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Email', { exact: true }).fill(`${fault.toLowerCase().replaceAll(' ', '.')}@example.com`);
    await page.getByLabel('Stage', { exact: true }).selectOption('Offer');
    await player.button('Add').click();
    await player.cardIn('Offer', name).waitFor();
    await player.drag(name, 'Background Check');
    const card = player.cardIn('Background Check', name);
    if (fault === 'Too many requests') {
      await player.strip().getByText('429', { exact: false }).first().waitFor();
      await player.go('VICTIG');
      await player.fault(vendor, fault, false);
      await player.go('Recruiter');
    }
    await card.getByText('Background Check Status: Pending').waitFor();
    const orders = (await drive('GET', '/victig/orders')) as { applicant: { lastName: string } }[];
    const lastName = name.split(' ').at(-1);
    expect(orders.filter(({ applicant }) => applicant.lastName === lastName)).toHaveLength(1);
    await player.go('VICTIG');
    if (fault !== 'Too many requests') await player.fault(vendor, fault, false);
    await page.getByRole('link', { name: /faults? on/ }).waitFor({ state: 'detached' });
  });

  it('edits a card: tags, job, archive', async () => {
    await player.open('#/board');
    const card = await player.openCard('Test Slow');
    await card.getByLabel('Add a tag').fill('met at fair');
    await card.getByRole('button', { name: 'Add', exact: true }).click();
    await card.getByRole('button', { name: 'Remove the tag met at fair' }).click();
    await card.getByText('met at fair', { exact: true }).waitFor({ state: 'detached' });
    await card.getByLabel('Job').selectOption({ label: 'Delivery Driver, Oakland, CA' });
    await card.getByText('Operations', { exact: true }).waitFor();
    await card.getByLabel('Archive').selectOption('Withdrew');
    await player.card('Test Slow').waitFor({ state: 'detached' });
    await page.getByText('Show archived (1)').click();
    await player.cardIn('Background Check', 'Test Slow').getByText('Archived: Withdrew').waitFor();
    await card.getByLabel('Archive').selectOption('Not archived');
    await page.keyboard.press('Escape');
  });

  it('says in words what was refused', async () => {
    await player.open('#/victig');
    const other = (await drive('GET', '/victig/orders/latest')) as { orderGuid: string };
    await player.go('Candidate');
    await page.getByLabel('Whose mailbox').selectOption('Test Callbacks');
    // Behind the page's back, so that it cannot know yet.
    await page.route('**/live*', (route) => route.abort());
    await page.reload();
    await page.getByText('The sandbox does not answer').first().waitFor();
    await page.unroute('**/live*');
    await page.locator('.shell').waitFor();
    await player.button('Open the form').click();
    await player.button('Fill in for me').click();
    await page.route('**/drive/**', (route) =>
      route.fulfill({ status: 409, contentType: 'application/json', body: '{"error":"The invitation has expired."}' }),
    );
    await player.button('Submit').click();
    await page.getByRole('alert').getByText('The invitation has expired.').waitFor();
    await page.unroute('**/drive/**');
    await player.button('Dismiss').click();
    expect(other.orderGuid).toBeTruthy();
    // The browser itself writes both answers down.
    browser.faults.splice(0);
  });

  it('takes a hundred candidates at once, and stays quick', async () => {
    await player.open('#/board');
    await player.button('Add candidates').click();
    await player.button('Add 100 invented ones').click();
    const column = player.column('New applicant');
    await eventually(async () => expect(await column.getByRole('link').count()).toBe(100));
    await pictures('9-hundred');
    const first = column.getByRole('link').first();
    const name = (await first.locator('.card__name').textContent()) ?? '';
    await first.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    await player.cardIn('Background Check', name).first().getByText('Background Check Status: Pending').waitFor();
  });

  it('leads into Swagger UI for what it tells', async () => {
    const links = player.strip().getByRole('link', { name: /in Swagger UI/ });
    const hrefs = await Promise.all((await links.all()).map((link) => link.getAttribute('href')));
    expect(hrefs.length).toBeGreaterThan(3);
    const operations = new Set(hrefs.map((href) => href?.split('#')[1]));
    expect(operations).toEqual(
      new Set(['/Orders/readOrder', '/Orders/readTimeline', '/Orders/retryOrder', '/Deliveries/readDelivery']),
    );
    const [docs] = (hrefs[0] ?? '').split('#');
    const document = (await (await fetch(docs?.replace('/docs', '/openapi.json') ?? '')).json()) as {
      paths: Record<string, Record<string, { operationId?: string; tags?: string[] }>>;
    };
    const known = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ tags, operationId }) => `/${tags?.[0]}/${operationId}`),
    );
    for (const operation of operations) expect(known).toContain(operation);
  });

  it('has no fault that axe could find, in light and dark, on a desktop and a phone', async () => {
    const reports: string[] = [];
    const candidate = (await page.evaluate(() => window.location.hash)).split('/')[2] ?? '';
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const viewport of [DESKTOP, PHONE]) {
        await page.setViewportSize(viewport);
        for (const part of [...PARTS.map((one) => `${one}/${candidate}`), `board/${candidate}/card`]) {
          await player.open(`#/${part}`);
          const { passed, broken } = await faultsOfAccessibility(page);
          expect(broken, `${part} ${colorScheme} ${viewport.width}`).toEqual([]);
          reports.push(`${part.split('/')[0]} ${colorScheme} ${viewport.width}: ${passed} rules kept, 0 broken`);
        }
      }
    }
    expect(reports).toHaveLength(20);
    await page.setViewportSize(DESKTOP);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
  });

  it('fits on the narrowest phone, and nothing jumps while it is loaded', async () => {
    await page.setViewportSize(NARROWEST);
    for (const part of PARTS) {
      await player.open(`#/${part}`);
      await page.reload();
      await page.locator('.shell').waitFor();
      const shown = await page.evaluate(async () => {
        await document.fonts.ready;
        const shift = await new Promise<number>((told) => {
          new PerformanceObserver((list) =>
            told(list.getEntries().reduce((sum, entry) => sum + (entry as unknown as { value: number }).value, 0)),
          ).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => told(0), 500);
        });
        const { scrollWidth, clientWidth } = document.documentElement;
        return { shift, beyond: scrollWidth - clientWidth };
      });
      expect(shown.beyond, part).toBe(0);
      expect(shown.shift, part).toBeLessThan(0.05);
    }
    await page.setViewportSize(DESKTOP);
  });

  it('keeps the admin key to itself', async () => {
    const key = /Admin key +(\S+)/.exec(program.output())?.[1] ?? '';
    expect(key).toMatch(/^demo_/);
    await player.open('#/board');
    expect(await page.content()).not.toContain(key);
    const live = await fetch(`${url}/live`);
    const reader = live.body?.getReader();
    const first = await reader?.read();
    await reader?.cancel();
    expect(new TextDecoder().decode(first?.value)).not.toContain(key);
  });
});
