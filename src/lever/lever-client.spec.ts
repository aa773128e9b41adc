import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { failureOf } from '../../test/support/failure-of.js';
import { LocalServer, sendJson } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { Unlimited } from '../../test/support/unlimited.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import type { LeverAccount } from './lever-account.js';
import { LeverClient } from './lever-client.js';

describe('the stages of a Lever account', () => {
  it('are read from all pages, in the order of the pipeline', async () => {
    const server = await LocalServer.start();
    const config = configFor({ leverApiUrl: `${server.url}/v1` });
    const http = new JsonClient(OutgoingHosts.of(config), new SetClock());
    const client = new LeverClient(http, new Unlimited(), config.lever);
    server.answer(({ target }, response) =>
      sendJson(
        response,
        200,
        target.includes('offset=2')
          ? { data: [{ id: 'offer', text: 'Offer' }], hasNext: false }
          : { data: [{ id: 'lead-new', text: 'New lead' }], hasNext: true, next: '2' },
      ),
    );
    const account = { limitKey: 'lever:1', authorization: 'Basic x', performAs: null };
    expect(await client.getStages(account)).toEqual([
      { id: 'lead-new', text: 'New lead' },
      { id: 'offer', text: 'Offer' },
    ]);
    await http.onApplicationShutdown();
    await server.stop();
  });
});

describe('what Lever would do twice (F1)', () => {
  let server: LocalServer;
  let http: JsonClient;
  let client: LeverClient;
  const clock = new SetClock();
  beforeAll(async () => {
    server = await LocalServer.start();
    const config = configFor({ leverApiUrl: `${server.url}/v1` });
    http = new JsonClient(OutgoingHosts.of(config), clock);
    client = new LeverClient(http, new Unlimited(), config.lever);
  });
  beforeEach(() => server.reset());
  afterAll(async () => {
    await http.onApplicationShutdown();
    await server.stop();
  });

  const account = (tookMs = 0): LeverAccount => ({
    limitKey: 'lever:1',
    authorization: 'Bearer old',
    performAs: 'user-1',
    signIn: {
      async renew() {
        clock.advance(tookMs);
        return 'Bearer new';
      },
      lost: () => Promise.resolve(),
    },
  });
  const note = (as: LeverAccount, endsBy: Date) =>
    client.createNote(as, 'opportunity-1', { value: 'Done.', secret: true }, endsBy);
  const file = (as: LeverAccount, endsBy: Date) =>
    client.uploadFile(as, 'opportunity-1', { name: 'check.pdf', content: Buffer.from('%PDF') }, endsBy);

  describe.each([
    ['a note', note, 20_000],
    ['a file', file, 45_000],
  ] as const)('%s', (_name, write, timeoutMs) => {
    const inMs = (ms: number) => new Date(clock.now().getTime() + ms);

    it('is not begun where it might not have ended in time', async () => {
      server.answerJson(200, { data: { id: 'made' } });
      expect(await write(account(), inMs(timeoutMs))).toBe('made');
      const late = await failureOf(write(account(), inMs(timeoutMs - 1)));
      expect(late).toMatchObject({ failure: 'timed_out', fate: 'not_sent', code: 'too_late' });
      expect(server.received).toHaveLength(1);
    });

    it('is not repeated with another sign-in that came too late for it', async () => {
      server.answerJson(401, {});
      const late = await failureOf(write(account(2), inMs(timeoutMs + 1)));
      expect(late).toMatchObject({ fate: 'not_sent', code: 'too_late' });
      expect(server.received).toHaveLength(1);
      const refused = await failureOf(write(account(1), inMs(timeoutMs + 1)));
      expect(refused).toMatchObject({ failure: 'unauthorized', fate: 'answered' });
      expect(server.received).toHaveLength(3);
    });
  });
});
