import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface AccessibilityReport {
  /** Rules that were kept. */
  passed: number;
  /** Rules that were broken, whatever how seriously, each with where. */
  broken: { rule: string; impact: string; at: string[] }[];
}

/** What axe finds on the page as it is now. It is run beside the page, whose policy lets no script in. */
export async function faultsOfAccessibility(page: Page): Promise<AccessibilityReport> {
  await page.evaluate(AXE);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations', 'passes'] }),
  );
  return {
    passed: results.passes.length,
    broken: results.violations.map(({ id, impact, nodes }) => ({
      rule: id,
      impact: impact ?? 'none',
      at: nodes.map(({ target }) => target.join(' ')),
    })),
  };
}
