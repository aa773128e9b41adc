import { describe, expect, it } from 'vitest';
import { dig, digList } from './spec/call.ts';
import { useSandbox } from './spec/use-sandbox.ts';
import { SEED } from './seed.ts';

const NOTES = `/opportunities/${SEED.lever.opportunities.anaRuiz}/notes`;

const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

describe('faults on demand', () => {
  const at = useSandbox();

  const order = (fault: object): Promise<unknown> =>
    at.drive('POST', '/faults', { vendor: 'lever', ...fault });
  const writeNote = (): Promise<{ status: number; body: unknown }> => at.lever('POST', NOTES, { value: 'x' });
  const notes = async (): Promise<number> => {
    const inside = await at.drive('GET', `/lever/opportunities/${SEED.lever.opportunities.anaRuiz}`);
    return digList(inside.body, 'notes').length;
  };

  it('answer a status in place of the work, once', async () => {
    await order({ kind: 'status', status: 503, headers: { 'retry-after': '7' }, body: { code: 'X' } });
    const struck = await at.lever('POST', NOTES, { value: 'x' });
    expect([struck.status, struck.body, struck.headers.get('retry-after')]).toEqual([
      503,
      { code: 'X' },
      '7',
    ]);
    expect(await notes()).toBe(0);
    expect((await writeNote()).status).toBe(201);
  });

  it('answer a status after the work was done', async () => {
    await order({ kind: 'status_after', status: 502, body: 'bad gateway' });
    const struck = await writeNote();
    expect([struck.status, struck.body]).toEqual([502, 'bad gateway']);
    expect(await notes()).toBe(1);
  });

  it('end the connection before the work', async () => {
    await order({ kind: 'drop_before' });
    await expect(writeNote()).rejects.toThrow('fetch failed');
    expect(await notes()).toBe(0);
  });

  it('end the connection after the work was done', async () => {
    await order({ kind: 'drop_after' });
    await expect(writeNote()).rejects.toThrow('fetch failed');
    expect(await notes()).toBe(1);
    const calls = await at.drive('GET', '/calls?vendor=lever');
    expect(calls.body).toMatchObject([{ operation: 'POST /v1/opportunities/:id/notes', status: null }]);
  });

  it('never answer', async () => {
    await order({ kind: 'hang' });
    const asked = fetch(`${at.sandbox.leverApiUrl}/stages`, { signal: AbortSignal.timeout(150) });
    await expect(asked).rejects.toThrow('timeout');
  });

  it('never answer, with the work done', async () => {
    await order({ kind: 'hang_after' });
    const patience = new AbortController();
    const asked = fetch(`${at.sandbox.leverApiUrl}${NOTES}`, {
      method: 'POST',
      headers: { authorization: basic(SEED.lever.apiKey), 'content-type': 'application/json' },
      body: JSON.stringify({ value: 'x' }),
      signal: patience.signal,
    });
    await expect.poll(notes).toBe(1);
    patience.abort();
    await expect(asked).rejects.toThrow('aborted');
  });

  it('answer late, with the work done', async () => {
    await order({ kind: 'slow', delayMs: 80 });
    const before = performance.now();
    expect((await writeNote()).status).toBe(201);
    expect(performance.now() - before).toBeGreaterThan(75);
  });

  it('answer late no longer than until what waits is let go', async () => {
    await order({ kind: 'slow', delayMs: 3_600_000 });
    const answer = writeNote();
    await expect
      .poll(async () => digList((await at.drive('GET', '/faults')).body)[0])
      .toMatchObject({ struck: 1 });
    await at.drive('POST', '/faults/let-go');
    expect((await answer).status).toBe(201);
  });

  it('answer what is not JSON', async () => {
    await order({ kind: 'garbage' });
    const struck = await at.lever('GET', '/stages');
    expect(struck.status).toBe(200);
    expect(struck.body).toContain('<html>');
  });

  it('strike only what they match, as often as they say, until they are cleared', async () => {
    await order({ kind: 'status', match: { method: 'post', path: '/notes$' }, times: 2 });
    await order({ vendor: 'victig', kind: 'status', match: { path: '^/v1/clients$' }, times: null });
    expect((await at.lever('GET', NOTES)).status).toBe(200);
    expect([(await writeNote()).status, (await writeNote()).status]).toEqual([500, 500]);
    expect((await writeNote()).status).toBe(201);
    for (let tries = 0; tries < 5; tries += 1) expect((await at.victig('GET', '/clients')).status).toBe(500);
    expect((await at.drive('GET', '/faults')).body).toMatchObject([
      { path: '/notes$', struck: 2 },
      { path: '^/v1/clients$', struck: 5 },
    ]);
    await at.drive('DELETE', '/faults');
    expect((await at.victig('GET', '/clients')).status).toBe(200);
  });

  it('strike by chance, and the same seed strikes the same', async () => {
    const pattern = async (): Promise<number[]> => {
      await at.drive('DELETE', '/faults');
      await order({ kind: 'status', probability: 0.5, times: null, seed: 42 });
      const statuses: number[] = [];
      for (let tries = 0; tries < 20; tries += 1) statuses.push((await at.lever('GET', '/stages')).status);
      return statuses;
    };
    const first = await pattern();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await pattern()).toEqual(first);
  });

  it('are refused when they make no sense', async () => {
    for (const fault of [
      { kind: 'unheard' },
      { kind: 'status', probability: 2 },
      { kind: 'status', match: { path: '(' } },
    ]) {
      const refused = await at.drive('POST', '/faults', { vendor: 'lever', ...fault });
      expect(refused.status).toBe(400);
      expect(dig(refused.body, 'error')).toEqual(expect.any(String));
    }
  });

  it('reach the token endpoint too', async () => {
    await order({ kind: 'status', status: 500, match: { path: '^/auth/oauth/token$' } });
    const struck = await fetch(`${at.sandbox.leverAuthUrl}/oauth/token`, { method: 'POST' });
    expect(struck.status).toBe(500);
  });
});
