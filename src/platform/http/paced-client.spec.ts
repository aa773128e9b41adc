import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configFor } from '../../../test/support/config-for.js';
import { failureOf } from '../../../test/support/failure-of.js';
import { LocalServer } from '../../../test/support/local-server.js';
import { SetClock } from '../../../test/support/set-clock.js';
import { Unlimited } from '../../../test/support/unlimited.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { Breakers } from './breakers.js';
import { withPriority } from './call-priority.js';
import { DEFAULT_HTTP_LIMITS, JsonClient } from './json-client.js';
import { OutgoingHosts } from './outgoing-hosts.js';
import { isPostponed, PacedClient } from './paced-client.js';
import { NOBODY } from './call-observer.js';
import { HeldBack } from './rate-limiter.js';

const LIMIT = { requestsPerSecond: 5, burst: 10 };

describe('a paced client (F3)', () => {
  let server: LocalServer;
  let http: JsonClient;
  beforeAll(async () => {
    server = await LocalServer.start();
    const config = configFor({ victigApiUrl: `${server.url}/v1` });
    http = new JsonClient(OutgoingHosts.of(config), new SetClock());
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await http.onApplicationShutdown();
    await server.stop();
  });

  const send = (limiter: Unlimited, notAfter?: Date) =>
    new PacedClient(http, limiter, LIMIT).send('victig:1', {
      api: { vendor: 'VICTIG', baseUrl: server.url, faultOf: () => ({}) },
      method: 'GET',
      route: '/orders/:id',
      params: { id: 'o-1' },
      headers: {},
      schema: z.unknown(),
      ...(notAfter ? { notAfter } : {}),
    });

  it('does not begin what must have begun by then, however long the turn was waited for (V4)', async () => {
    server.answerJson(200, {});
    const now = http.now().getTime();
    await send(new Unlimited(), new Date(now));
    const late = await failureOf(send(new Unlimited(), new Date(now - 1)));
    expect(late).toMatchObject({ failure: 'timed_out', fate: 'not_sent', code: 'too_late' });
    expect(server.received).toHaveLength(1);
  });

  it('sends nothing that could change anything while the service is paused, and goes on reading (V4)', async () => {
    let isPaused = true;
    const paused = new JsonClient(
      OutgoingHosts.of(configFor({ victigApiUrl: `${server.url}/v1` })),
      new SetClock(),
      DEFAULT_HTTP_LIMITS,
      new Breakers(),
      NOBODY,
      () => !isPaused,
    );
    const limiter = new Unlimited();
    const request = (method: 'GET' | 'POST' | 'PUT' | 'DELETE') =>
      new PacedClient(paused, limiter, LIMIT).send('victig:1', {
        api: { vendor: 'VICTIG', baseUrl: server.url, faultOf: () => ({}) },
        method,
        route: '/orders',
        headers: {},
        schema: z.unknown(),
      });
    try {
      for (const method of ['POST', 'PUT', 'DELETE'] as const) {
        const error = await request(method).catch((caught: unknown) => caught);
        expect(error).toMatchObject({
          failure: 'unavailable',
          details: { fate: 'not_sent', code: 'service_paused' },
        });
        // No try of a job is used up, and no turn.
        expect(isPostponed(error)).toBe(true);
      }
      expect(limiter.acquired).toEqual([]);
      expect(server.received).toEqual([]);
      server.answerJson(200, {});
      await request('GET');
      isPaused = false;
      await request('POST');
      expect(server.received).toHaveLength(2);
    } finally {
      await paused.onApplicationShutdown();
    }
  });

  it('asks for its turn with the priority of the work that it is part of', async () => {
    const limiter = new Unlimited();
    server.answerJson(200, {});
    await send(limiter);
    await withPriority('interactive', () => send(limiter));
    expect(limiter.acquired).toEqual([
      { key: 'victig:1', limit: LIMIT },
      { key: 'victig:1', limit: LIMIT },
    ]);
    expect(limiter.priorities).toEqual(['background', 'interactive']);
  });

  it.each([
    ['pace', 'held_back'],
    ['day_used_up', 'day_used_up'],
  ] as const)(
    'says of a call that is held back (%s) that it was not sent, and when to try',
    async (reason, code) => {
      class Full extends Unlimited {
        override acquire = () => Promise.reject(new HeldBack(reason, 700));
      }
      const limiter = new Full();
      const error = await send(limiter).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UpstreamError);
      expect(error).toMatchObject({
        failure: 'rate_limited',
        details: {
          vendor: 'VICTIG',
          operation: 'GET /orders/:id',
          fate: 'not_sent',
          code,
          retryAfterMs: 700,
        },
      });
      expect(server.received).toEqual([]);
      expect(limiter.slowedDown).toEqual([]);
    },
  );

  it('says so where it is the vendor who asked for a pause', async () => {
    class Paused extends Unlimited {
      override acquire = () => Promise.reject(new HeldBack('pace', 60_000, true));
    }
    const error = await send(new Paused()).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failure: 'rate_limited', details: { code: 'vendor_pause' } });
    expect(isPostponed(error)).toBe(true);
  });

  it('slows down when the vendor answers 429, for as long as it says', async () => {
    const limiter = new Unlimited();
    server.answerJson(429, {}, { 'retry-after': '7' });
    await expect(send(limiter)).rejects.toMatchObject({ failure: 'rate_limited' });
    expect(limiter.slowedDown).toEqual([{ key: 'victig:1', pauseMs: 7_000 }]);
  });

  it('slows down after no other refusal', async () => {
    const limiter = new Unlimited();
    server.answerJson(503, {}, { 'retry-after': '7' });
    await expect(send(limiter)).rejects.toMatchObject({ failure: 'unavailable' });
    expect(limiter.slowedDown).toEqual([]);
  });

  it('lets the answer of the vendor through when slowing down fails', async () => {
    class Broken extends Unlimited {
      override slowDown = () => Promise.reject(new Error('no database'));
    }
    server.answerJson(429, {});
    await expect(send(new Broken())).rejects.toMatchObject({ failure: 'rate_limited' });
  });
});
