import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/** In the page: how much has jumped since it was loaded, and how many pixels it is wider than the window. */
const LAYOUT = `(async () => {
  await document.fonts.ready;
  const shift = await new Promise((told) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value))).observe({
      type: 'layout-shift',
      buffered: true,
    });
    setTimeout(() => told(sum), 500);
  });
  const { scrollWidth, clientWidth } = document.documentElement;
  return { shift, beyond: scrollWidth - clientWidth };
})()`;

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
        // What was looked at may have gone out of sight with the size.
        await page
          .locator('[data-chosen="true"]')
          .scrollIntoViewIfNeeded({ timeout: 200 })
          .catch(() => undefined);
        await page.screenshot({ path: join(PICTURES, `sandbox-${name}-${colorScheme}-${size}.png`) });
      }
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
    await page.setViewportSize(DESKTOP);
  };
  const drive = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}/drive${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
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
    await player
      .cardIn('Background Check', 'Ana Ruiz')
      .getByText('Background Check Status: Pending')
      .waitFor();
    await eventually(async () => {
      const groups = await player.strip().locator('.entry__mark').allTextContents();
      expect(new Set(groups)).toEqual(new Set(['Delivery', 'Decision', 'Call', 'Tag']));
    });
    await pictures('2-pending');

    await player.nextStep('See the order at VICTIG');
    await player.button('Show me where').click();
    const order = page.getByRole('button', {
      name: /Ana Ruiz.*Criminal Package 1.*Acme.*Support Lead.*app-pending/,
    });
    await expect.poll(() => order.getAttribute('aria-expanded')).toBe('true');
    await pictures('3-desk');

    await player.nextStep('Fill in the form');
    await player.button('Show me where').click();
    await page
      .getByRole('article', { name: 'Invitation by email' })
      .getByText('ana.ruiz@example.com')
      .waitFor();
    await page.getByRole('article', { name: 'Invitation by text' }).getByText('(415) 555-2671').waitFor();
    await player.button('Start the form').click();
    await player.button('Fill in for me').click();
    await pictures('4-form');
    await player.button('Submit').click();
    await page.getByText('The form is with VICTIG.').first().waitFor();

    await player.nextStep('Complete the report');
    await player.button('Show me where').click();
    await page.getByRole('switch', { name: 'Flagged' }).check();
    await page
      .getByLabel(/^Result of/)
      .first()
      .selectOption('records found');
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
    await player
      .cardIn('Background Check', 'Lee Nomail')
      .getByText('Background Check Status: Rejected')
      .waitFor();
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
    await expect.poll(() => player.heard()).toContain('Sam Lee is picked up from Recruiter screen');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => player.heard()).toContain('Over On-site interview, column 6 of 8.');
    await page.keyboard.press('Escape');
    await expect.poll(() => player.heard()).toContain('Sam Lee stays in Recruiter screen.');
    await player.cardIn('Recruiter screen', 'Sam Lee').waitFor();

    await player.carry('Sam Lee', 1);
    await player.cardIn('On-site interview', 'Sam Lee').waitFor();
    await expect.poll(() => player.heard()).toContain('Sam Lee was moved to On-site interview.');
    await player.hasFocus(sam);
    await page.keyboard.press('ArrowRight');
    await player.hasFocus(player.column('Background Check').getByRole('link').first());
    expect(await sam.and(page.locator(':focus')).count()).toBe(0);

    await sam.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Sam Lee' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Sam Lee' }).waitFor({ state: 'detached' });
    await player.hasFocus(sam);
  });

  it('shows one world in two tabs', async () => {
    const other = await browser.newPage();
    const second = new SandboxPlayer(other, url);
    await second.open();
    await player.open('#/board');
    await player.drag('Sam Lee', 'Offer');
    await second.cardIn('Offer', 'Sam Lee').waitFor();
    await other.bringToFront();
    await second.drag('Sam Lee', 'Background Check');
    await page.bringToFront();
    await player
      .cardIn('Background Check', 'Sam Lee')
      .getByText('Background Check Status: Pending')
      .waitFor();
    await other.close();
    // The tag of the candidate chose another product.
    await player.go('VICTIG');
    await page.getByRole('button', { name: /Sam Lee.*Criminal Package 2/ }).waitFor();
  });

  it('lets the candidate’s invitation expire, and VICTIG invite again', async () => {
    await player.go('Candidate');
    await page.getByLabel('Whose mailbox').selectOption('Sam Lee');
    await player.button('Open the form').click();
    await player.button('Fill in for me').click();
    await pictures('8-form-alone');
    await player.button('Let it expire').click();
    await page.getByText('This invitation has expired').waitFor();
    await pictures('9-expired');
    await player.button('Invite again, as VICTIG’s staff').click();
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
    await player
      .strip()
      .getByText(/Background Check Status: Canceled/)
      .first()
      .waitFor();

    await page.getByRole('button', { name: /Ana Ruiz/ }).click();
    await player.button('Reopen').click();
    await page.getByRole('button', { name: /Ana Ruiz.*pending/ }).waitFor();
    await page.getByRole('switch', { name: 'Flagged' }).uncheck();
    await player.button('Complete').click();
    await player
      .strip()
      .getByText(/Put on the opportunity: .*Flag: False/)
      .waitFor();
  });

  // With what the strip tells before such a fault is ended; the others are lived with.
  const ENDED: Record<string, string> = { 'Too many requests': '429', Down: 'Lever told of a stage change' };

  it.each([
    ['VICTIG', 'Slow'],
    ['VICTIG', 'Too many requests'],
    ['VICTIG', 'Drops answers'],
    ['VICTIG', 'Loses callbacks'],
    ['VICTIG', 'Repeats callbacks'],
    ['Lever', 'Slow'],
    ['Lever', 'Down'],
    ['Lever', 'Repeats webhooks'],
  ] as const)('orders once and shows it in the end, whatever %s does: %s', async (vendor, fault) => {
    await player.go('VICTIG');
    await player.fault(vendor, fault, true);
    await player.go('Recruiter');
    const name = `${vendor} ${fault}`;
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
    await player.add(name, email, 'Offer');
    await player.drag(name, 'Background Check');
    const told = ENDED[fault];
    if (told !== undefined) {
      await player.strip().getByText(told, { exact: false }).first().waitFor();
      await player.go('VICTIG');
      await player.fault(vendor, fault, false);
      await player.go('Recruiter');
    }
    const card = player.cardIn('Background Check', name);
    await card.getByText('Background Check Status: Pending').waitFor();
    const orders = (await drive('GET', '/victig/orders')) as {
      orderGuid: string;
      applicant: { email: string };
    }[];
    const [order, ...others] = orders.filter(({ applicant }) => applicant.email === email);
    expect(others).toEqual([]);
    // Also where no callback tells of it.
    await drive('POST', `/victig/orders/${order?.orderGuid}/finish-quickapp`);
    await card.getByText('Background Check Status: In Progress').waitFor();
    await player.go('VICTIG');
    if (told === undefined) await player.fault(vendor, fault, false);
    await page.getByRole('link', { name: /faults? on/ }).waitFor({ state: 'detached' });
  });

  it('edits a card: tags, job, archive', async () => {
    await player.open('#/board');
    const card = await player.openCard('VICTIG Slow');
    await card.getByLabel('Add a tag').fill('met at fair');
    await card.getByRole('button', { name: 'Add', exact: true }).click();
    await card.getByRole('button', { name: 'Remove the tag met at fair' }).click();
    await card.getByText('met at fair', { exact: true }).waitFor({ state: 'detached' });
    await player.hasFocus(card.getByLabel('Add a tag'));
    await card.getByLabel('Job').selectOption({ label: 'Delivery Driver, Oakland, CA' });
    await card.getByText('Operations', { exact: true }).waitFor();
    await card.getByLabel('Archive').selectOption('Withdrew');
    await player.card('VICTIG Slow').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByText('Show archived (1)').click();
    await player.cardIn('Background Check', 'VICTIG Slow').getByText('Archived: Withdrew').waitFor();
    await player.openCard('VICTIG Slow');
    await card.getByLabel('Archive').selectOption('Not archived');
    await player.cardIn('Background Check', 'VICTIG Slow').getByText('Delivery Driver').waitFor();
    await page.keyboard.press('Escape');
  });

  it('says in words what was refused, and that nobody answers', async () => {
    const name = 'Rita Refused';
    await player.open('#/board');
    await player.add(name, 'rita.refused@example.com', 'Offer');
    await player.drag(name, 'Background Check');
    await player.cardIn('Background Check', name).getByText('Background Check Status: Pending').waitFor();
    await player.go('Candidate');
    await player.button('Open the form').waitFor();

    await page.route('**/live*', (route) => route.abort());
    await page.reload();
    await page.getByText('The sandbox does not answer').waitFor();
    await page.unroute('**/live*');
    await page.locator('.shell').waitFor();

    await player.button('Open the form').click();
    await player.button('Fill in for me').click();
    const body = '{"error":"The invitation has expired."}';
    await page.route('**/drive/**', (route) => route.fulfill({ status: 409, body }));
    await player.button('Submit').click();
    await page.getByRole('alert').getByText('The invitation has expired.').waitFor();
    await page.unroute('**/drive/**');
    await player.button('Dismiss').click();
    // The browser itself writes both down.
    browser.faults.splice(0);
  });

  it('takes a hundred candidates at once, and stays quick', async () => {
    await player.open('#/board');
    await player.button('Add candidates').click();
    await player.button('Add 100 invented ones').click();
    const column = player.column('New applicant');
    await eventually(async () => expect(await column.getByRole('link').count()).toBe(100));
    await pictures('10-hundred');
    const first = column.getByRole('link').first();
    const name = (await first.locator('.card__name').textContent()) ?? '';
    await first.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('End');
    await page.keyboard.press('Space');
    await player
      .cardIn('Background Check', name)
      .first()
      .getByText('Background Check Status: Pending')
      .waitFor();
  });

  it('leads into Swagger UI for what it tells', async () => {
    const links = player.strip().getByRole('link', { name: /in Swagger UI/ });
    // A card has its tag before the page has asked for the story that it ends.
    const hrefs = await eventually(async () => {
      const all = await Promise.all((await links.all()).map((link) => link.getAttribute('href')));
      expect(all.length).toBeGreaterThan(3);
      return all;
    });
    const operations = new Set(hrefs.map((href) => href?.split('#')[1]));
    expect([...operations]).toEqual(
      expect.arrayContaining(['/Orders/readOrder', '/Orders/readTimeline', '/Deliveries/readDelivery']),
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
    const candidate = new URL(page.url()).hash.split('/')[2] ?? '';
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const viewport of [DESKTOP, PHONE]) {
        await page.setViewportSize(viewport);
        for (const part of [...PARTS.map((one) => `${one}/${candidate}`), `board/${candidate}/card`]) {
          await player.open(`#/${part}`);
          const { passed, broken } = await faultsOfAccessibility(page);
          expect(broken, `${part} ${colorScheme} ${viewport.width}`).toEqual([]);
          reports.push(
            `${part.split('/')[0]} ${colorScheme} ${viewport.width}: ${passed} rules kept, 0 broken`,
          );
        }
      }
    }
    expect(reports).toHaveLength(20);
    await player.open(`#/service/${candidate}`);
    await pictures('11-service');
    writeFileSync(join(PICTURES, 'sandbox-accessibility.txt'), `${reports.join('\n')}\n`);
    await page.setViewportSize(DESKTOP);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' });
  });

  it('fits on the narrowest phone, and nothing jumps while it is loaded', async () => {
    await page.setViewportSize(NARROWEST);
    for (const part of PARTS) {
      await player.open(`#/${part}`);
      await page.reload();
      await page.locator('.shell').waitFor();
      const shown = (await page.evaluate(LAYOUT)) as { shift: number; beyond: number };
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
