import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isObject } from '../json.ts';
import { SEED } from '../seed.ts';
import { dig, digList } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';

const { anaRuiz } = SEED.lever.opportunities;
const { backgroundCheck } = SEED.lever.stages;

/** A tab: the last event of each kind, and all that was sent. */
async function openTab(
  url: string,
): Promise<{ last: (event: string) => unknown; text: () => string; close: () => void }> {
  const gone = new AbortController();
  const answer = await fetch(url, { signal: gone.signal });
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  const last = new Map<string, unknown>();
  let all = '';
  const read = async (): Promise<void> => {
    let rest = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      all += chunk;
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        last.set(event, JSON.parse(data));
      }
    }
  };
  void read().catch(() => undefined);
  return { last: (event) => last.get(event), text: () => all, close: () => gone.abort() };
}

describe('the live stream', () => {
  const at = useSandbox();
  const tabs: { close: () => void }[] = [];
  const tab = async (query = ''): ReturnType<typeof openTab> => {
    const opened = await openTab(`${at.sandbox.url}/live${query}`);
    tabs.push(opened);
    return opened;
  };
  afterEach(() => {
    for (const opened of tabs.splice(0)) opened.close();
  });

  const ana = (world: unknown): unknown =>
    digList(world, 'candidates').find((candidate) => dig(candidate, 'id') === anaRuiz);

  it('shows every tab what changes at Lever and VICTIG', async () => {
    const [one, two] = [await tab(), await tab()];
    await expect.poll(() => dig(one.last('world'), 'candidates')).toHaveLength(4);
    await at.drive('POST', `/lever/opportunities/${anaRuiz}/move`, { stageId: backgroundCheck });
    await at.drive('POST', '/faults', { vendor: 'victig', kind: 'slow', label: 'mine', times: null });
    for (const { last } of [one, two]) {
      await expect
        .poll(() => ana(last('world')))
        .toMatchObject({ name: 'Ana Ruiz', stageId: backgroundCheck });
      await expect.poll(() => dig(last('world'), 'faults', 0)).toMatchObject({ label: 'mine', struck: 0 });
    }
  });

  it('says that there is a secret note, and not what is in it', async () => {
    await at.drive('POST', `/lever/opportunities/${anaRuiz}/notes`, {
      value: 'nobody may read this',
      secret: true,
    });
    await at.drive('POST', `/lever/opportunities/${anaRuiz}/notes`, { value: 'everybody may' });
    const { last, text } = await tab();
    await expect
      .poll(() => dig(ana(last('world')), 'notes'))
      .toMatchObject([
        { secret: true, text: null },
        { secret: false, text: 'everybody may' },
      ]);
    expect(text()).not.toContain('nobody may read this');
  });

  it('shows an order with its invitation, and whom it is for', async () => {
    const path = `/clients/${SEED.victig.clients.main}`;
    const applicant = await at.victig('POST', `${path}/applicants`, {
      firstName: 'Ana',
      lastName: 'Ruiz',
      email: 'Ana.Ruiz@example.com',
      phoneNumber: '(415) 555-2671',
      textingEnabled: true,
    });
    await at.victig('POST', `${path}/orders`, {
      applicantGuid: dig(applicant.body, 'applicantGuid'),
      clientProductGuid: SEED.victig.products.criminalPackage1,
      useQuickApp: true,
      quickappNotifyApplicants: true,
    });
    const { last } = await tab();
    await expect
      .poll(() => dig(last('world'), 'orders', 0))
      .toMatchObject({
        candidateId: anaRuiz,
        applicant: 'Ana Ruiz',
        status: 'app-pending',
        invitation: { email: 'Ana.Ruiz@example.com', phone: '(415) 555-2671', state: 'open' },
      });
  });

  it('says that no service is watched, when the sandbox runs alone', async () => {
    const { last } = await tab(`?candidate=${anaRuiz}`);
    await expect.poll(() => last('story')).toEqual({ candidateId: anaRuiz, state: 'unwatched' });
  });

  it('says that the service does not answer, and goes on asking', async () => {
    const { last } = await tab(`?candidate=${anaRuiz}`);
    at.sandbox.watch({
      url: 'http://127.0.0.1:9',
      adminKey: 'k',
      installationId: 'i',
      triggerStageIds: ['s'],
    });
    await expect.poll(() => last('story')).toMatchObject({ state: 'unreachable' });
    await expect.poll(() => dig(last('world'), 'triggerStageIds')).toEqual(['s']);
    at.sandbox.watch({ url: at.sandbox.url, adminKey: 'k', installationId: 'i', triggerStageIds: [] });
    await expect.poll(() => dig(last('story'), 'reason')).toBe('the service answered 404');
  });

  describe('of a service', () => {
    const keys: (string | undefined)[] = [];
    let orders: object[] = [];
    const service = createServer((request: IncomingMessage, response: ServerResponse) => {
      keys.push(request.headers.authorization);
      const { pathname } = new URL(request.url ?? '', 'http://service');
      const body = pathname.endsWith('/timeline')
        ? { order: orders[0], entries: ENTRIES }
        : { items: pathname.endsWith('/orders') ? orders : DELIVERIES };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    beforeEach(async () => {
      await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
      const address = service.address();
      const port = isObject(address) ? String(address['port']) : '';
      const watched = {
        url: `http://127.0.0.1:${port}`,
        adminKey: 'the-key',
        installationId: 'i',
        triggerStageIds: [],
      };
      at.sandbox.watch(watched);
    });
    afterEach(() => {
      service.close();
      service.closeAllConnections();
    });

    it('tells deliveries, decisions, calls and tags, with links into Swagger UI and never the key', async () => {
      orders = [{ id: 'order-1', status: 'pending', statusReason: null, victig: { fileNumber: '7' } }];
      const { last, text } = await tab(`?candidate=${anaRuiz}`);
      await expect.poll(() => dig(last('story'), 'state')).toBe('told');
      const story = last('story');
      expect(digList(story, 'entries').map((entry) => dig(entry, 'group'))).toEqual([
        'delivery',
        'decision',
        'call',
        'tag',
      ]);
      expect(dig(story, 'entries', 0, 'links', 0)).toMatchObject({ label: 'Delivery', id: 'd-1' });
      expect(dig(story, 'entries', 0, 'links', 0, 'href')).toMatch(/\/docs#\/Deliveries\/readDelivery$/);
      expect(dig(story, 'entries', 2)).toMatchObject({
        failed: true,
        nextTryAt: '2026-11-25T12:00:05Z',
        call: { operation: 'POST /clients/:client/orders', status: 503, attempt: 1 },
      });
      expect(digList(story, 'orders', 0, 'links').map((link) => dig(link, 'label'))).toEqual([
        'Order',
        'Timeline',
      ]);
      expect(keys).toContain('Bearer the-key');
      expect(text()).not.toContain('the-key');
    });

    it('tells of ignored deliveries while there is no order', async () => {
      orders = [];
      const { last } = await tab(`?candidate=${anaRuiz}`);
      await expect
        .poll(() => dig(last('story'), 'entries'))
        .toMatchObject([{ group: 'delivery', text: 'Lever told of a stage change; ignored: other stage.' }]);
    });
  });
});

const DELIVERIES = [
  {
    id: 'd-1',
    facts: { opportunityId: anaRuiz },
    outcome: 'ignored',
    reason: 'other_stage',
    receivedAt: '2026-11-25T12:00:00Z',
  },
  { id: 'd-2', facts: { opportunityId: 'somebody else' }, outcome: 'ignored', reason: 'other_stage' },
];

const ENTRIES = [
  {
    at: '2026-11-25T12:00:00Z',
    kind: 'delivery',
    text: 'Lever told of a stage change.',
    data: { deliveryId: 'd-1' },
    links: { delivery: '/admin/v1/deliveries/d-1' },
  },
  { at: '2026-11-25T12:00:01Z', kind: 'mapped', text: 'Product A is to be ordered.', data: {}, links: {} },
  {
    at: '2026-11-25T12:00:02Z',
    kind: 'call',
    text: 'VICTIG was asked.',
    data: {
      vendor: 'VICTIG',
      operation: 'POST /clients/:client/orders',
      outcome: 'unavailable',
      status: 503,
      durationMs: 3,
      attempt: 1,
      nextTryAt: '2026-11-25T12:00:05Z',
    },
    links: {},
  },
  { at: '2026-11-25T12:00:03Z', kind: 'tags_set', text: 'Put on the opportunity: A.', data: {}, links: {} },
];
