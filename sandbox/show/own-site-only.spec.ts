import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { useSandbox } from '../spec/use-sandbox.ts';

describe('who may drive the sandbox', () => {
  const at = useSandbox();

  const statusOf = async (
    path: string,
    headers: Record<string, string>,
    method: 'GET' | 'POST' = 'GET',
  ): Promise<number> => {
    const answer = await request(`${at.sandbox.url}${path}`, { method, headers });
    // A stream of events does not end by itself.
    answer.body.on('error', () => undefined).destroy();
    return answer.statusCode;
  };
  const own = (): string => new URL(at.sandbox.url).host;

  it('is a program, or the page itself', async () => {
    expect(await statusOf('/drive/state', {})).toBe(200);
    const page = { origin: at.sandbox.url, 'sec-fetch-site': 'same-origin' };
    expect(await statusOf('/drive/reset', page, 'POST')).toBe(200);
    expect(await statusOf('/live', { 'sec-fetch-site': 'same-origin' })).toBe(200);
    const { port } = new URL(at.sandbox.url);
    expect(await statusOf('/drive/state', { host: `localhost:${port}` })).toBe(200);
  });

  it('is no other web site, whatever it sends', async () => {
    for (const path of ['/drive/state', '/live', '/']) {
      expect(await statusOf(path, { origin: 'https://evil.example' }), path).toBe(403);
      expect(await statusOf(path, { origin: 'null' }), path).toBe(403);
      expect(await statusOf(path, { origin: `https://${own()}.evil.example` }), path).toBe(403);
      expect(await statusOf(path, { 'sec-fetch-site': 'cross-site' }), path).toBe(403);
      expect(await statusOf(path, { 'sec-fetch-site': 'same-site' }), path).toBe(403);
    }
    const form = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await statusOf('/drive/reset', form, 'POST')).toBe(403);
  });

  it('may be a link from elsewhere to the page', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await statusOf('/', link)).not.toBe(403);
  });

  it('is nobody who reaches it under a name of their own (DNS rebinding)', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${new URL(at.sandbox.url).port}`,
      '127.0.0.1.evil.example',
    ]) {
      expect(await statusOf('/drive/state', { host }), host).toBe(403);
    }
  });
});
