import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { CHROMIUM } from './have-chromium.js';

/** Without these it looks for Google's hosts at every start. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenChromium {
  context: BrowserContext;
  /** Requests to any other address than the allowed ones. */
  elsewhere: string[];
  /** Errors of pages, and what they wrote to the console as one. */
  faults: string[];
  /** A tab that is watched for both. */
  newPage: () => Promise<Page>;
  close: () => Promise<void>;
}

/**
 * A Chromium with a fresh profile.
 * @param allowed the beginnings of addresses that pages may ask
 */
export async function openChromium(
  allowed: readonly string[],
  viewport: { width: number; height: number },
): Promise<OpenChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'browser-spec-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: QUIET,
    viewport,
  });
  context.setDefaultTimeout(30_000);
  const elsewhere: string[] = [];
  const faults: string[] = [];
  return {
    context,
    elsewhere,
    faults,
    async newPage() {
      const page = await context.newPage();
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith('data:') && !allowed.some((start) => url.startsWith(start))) elsewhere.push(url);
      });
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      return page;
    },
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
