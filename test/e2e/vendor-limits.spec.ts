import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SharedRateLimiter } from '../../src/platform/http/shared-rate-limiter.js';
import { Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const REAL_LIMITS = {
  LEVER_REQUESTS_PER_SECOND: '10',
  LEVER_BURST: '20',
  VICTIG_REQUESTS_PER_SECOND: '5',
  VICTIG_BURST: '10',
};

describe('the limits of the vendors (F3)', () => {
  const acquire = vi.spyOn(SharedRateLimiter.prototype, 'acquire');
  let service: TestService;
  let play: Play;
  beforeAll(async () => {
    service = await startTestService(REAL_LIMITS);
    play = new Play(service);
    await play.setUp();
    for (const vendor of ['lever', 'victig']) {
      await play.drive('PATCH', `/${vendor}/behaviour`, { rateLimit: true });
    }
  });
  afterAll(async () => {
    acquire.mockRestore();
    await service.stop();
  });

  /** The priorities of all calls to a vendor, from one of them on. */
  const priorities = (vendor: string, from = 0): string[] => {
    const calls = acquire.mock.calls.slice(from).filter(([key]) => key.startsWith(vendor));
    return [...new Set(calls.map(([, , priority]) => priority))];
  };

  it('are kept when many candidates are moved at once: neither vendor refuses a call', async () => {
    const opportunities: string[] = [];
    for (let n = 0; n < 12; n++) opportunities.push(await play.candidate());
    await Promise.all(opportunities.map((id) => play.move(id, TRIGGER_STAGE)));
    for (const id of opportunities) await play.untilStatus(id, 'Pending');
    const calls = await play.drive<{ status: number | null }[]>('GET', '/calls');
    expect(calls.length).toBeGreaterThan(48);
    expect(calls.filter(({ status }) => status === 429)).toEqual([]);
    // Callbacks have orders read again in the background.
    expect(priorities('victig')).toContain('order');
  });

  it.each([
    ['preview', 'post', '/preview', 200],
    ['check', 'post', '/check', 200],
    ['list of stages', 'get', '/stages', 200],
    ['look for the webhook', 'get', '/webhook', 200],
  ] as const)('let a %s go first', async (_name, method, path, status) => {
    const opportunityId = await play.candidate();
    const before = acquire.mock.calls.length;
    await service.admin[method](`/admin/v1/installations/${play.installation.id}${path}`)
      .send(path === '/preview' ? { opportunityId } : undefined)
      .expect(status);
    expect(priorities('lever', before)).toContain('interactive');
  });
});
