import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandbox } from '../spec/use-sandbox.ts';
import { buildPageIfNeeded } from '../try-it/build-if-needed.ts';

const BUILT = fileURLToPath(new URL('../page/dist', import.meta.url));

/** What a browser loads, all of it, at the most. */
const HEAVIEST_BYTES = 300_000;

describe('the files of the page', () => {
  const at = useSandbox();
  beforeAll(buildPageIfNeeded);

  it('weigh less than 300 kB compressed, fonts included', () => {
    const files = readdirSync(BUILT, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const bytes = files.map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).byteLength);
    const total = bytes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(HEAVIEST_BYTES);
  });

  it('are served compressed, under a policy that lets nothing come from elsewhere', async () => {
    const page = await fetch(at.sandbox.url);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.headers.get('content-encoding')).toBe('gzip');
    const html = await page.text();
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThanOrEqual(3);
    for (const path of named) {
      expect(path).toMatch(/^\.\/assets\//);
      const file = await fetch(new URL(path, at.sandbox.url));
      expect(file.status, path).toBe(200);
      expect(file.headers.get('cache-control')).toContain('immutable');
      await file.arrayBuffer();
    }
  });

  it('name no address outside', () => {
    for (const name of readdirSync(join(BUILT, 'assets')).filter((one) => one.endsWith('.css'))) {
      expect(readFileSync(join(BUILT, 'assets', name), 'utf8')).not.toMatch(/url\(["']?(https?:)?\/\//);
    }
  });

  it('are these and no others', async () => {
    for (const path of ['/assets/..%2f..%2fpackage.json', '/assets/none.js', '/package.json', '/assets/']) {
      const answer = await fetch(`${at.sandbox.url}${path}`);
      expect(answer.status, path).toBe(404);
    }
  });
});
