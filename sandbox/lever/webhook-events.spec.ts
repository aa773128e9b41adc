import { describe, expect, it } from 'vitest';
import { ANY_NUMBER, ANY_TEXT, keysOf } from '../spec/anything.ts';
import { dig, digList, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';
import { sign } from './webhook-events.ts';

const { opportunities, stages, archiveReasons } = SEED.lever;
const KEY = '5f1c0a9be27d4438a6c1f0b35d92e7484bb0c3d1a7e6f852';
const MOVE = `/lever/opportunities/${opportunities.anaRuiz}/move`;

describe('the signature', () => {
  it('is that of the published vector', () => {
    expect(sign(KEY, '9d3b41c07ea2f5684c1d0b7e92a35f6818c4e0d7b3a9f254', 1_767_225_600_123)).toBe(
      '6c3aef966e5de99ff8f60ffcac310ac1e2c81494e866956dae7e5894fdd36ecd',
    );
  });
});

describe('webhooks of Lever', () => {
  const at = useSandbox();

  const listen = (more: object = {}): Promise<unknown> =>
    at.drive('POST', '/lever/webhooks', { url: at.receiver.url, signatureToken: KEY, ...more });
  const deliveries = async (): Promise<unknown[]> =>
    digList((await at.drive('GET', '/lever/deliveries')).body);

  it('tell of a move with ids only, signed', async () => {
    await listen();
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    const [delivery] = await at.receiver.until(1);
    expect(delivery?.headers['user-agent']).toBe('Lever-Webhooks');
    expect(digText(delivery?.body, 'token')).toMatch(/^[0-9a-f]{48}$/);
    expect(delivery?.body).toEqual({
      id: ANY_TEXT,
      event: 'candidateStageChange',
      triggeredAt: ANY_NUMBER,
      data: {
        opportunityId: opportunities.anaRuiz,
        candidateId: opportunities.anaRuiz,
        contactId: ANY_TEXT,
        fromStageId: stages.offer,
        toStageId: stages.backgroundCheck,
      },
      token: ANY_TEXT,
      signature: sign(KEY, digText(delivery?.body, 'token'), Number(dig(delivery?.body, 'triggeredAt'))),
    });
  });

  it('tell of moves and archiving over the API too', async () => {
    await listen();
    await listen({ event: 'candidateArchiveChange' });
    await at.lever('PUT', `/opportunities/${opportunities.anaRuiz}/stage`, { stage: stages.responded });
    await at.lever('PUT', `/opportunities/${opportunities.anaRuiz}/archived`, {
      reason: archiveReasons.withdrew,
    });
    await at.receiver.until(2);
    const bodies = at.receiver.received.map(({ body }) => body);
    expect(new Set(bodies.map((body) => dig(body, 'event')))).toEqual(
      new Set(['candidateArchiveChange', 'candidateStageChange']),
    );
    const archived = bodies.find((body) => dig(body, 'event') === 'candidateArchiveChange');
    expect(dig(archived, 'data')).toMatchObject({
      fromArchived: null,
      toArchived: { reason: archiveReasons.withdrew, archivedAt: ANY_NUMBER },
    });
  });

  it('are sent again, the same bytes, until one is taken', async () => {
    await at.drive('PATCH', '/lever/behaviour', { retryGapsMs: [1, 1, 1, 1, 1] });
    at.receiver.answers.push(500, 302);
    await listen();
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    const received = await at.receiver.until(3);
    expect(new Set(received.map(({ text }) => text)).size).toBe(1);
    await expect
      .poll(deliveries)
      .toMatchObject([{ state: 'delivered', attempts: [{ status: 500 }, { status: 302 }, { status: 200 }] }]);
  });

  it('stop after five more tries', async () => {
    await at.drive('PATCH', '/lever/behaviour', { retryGapsMs: [1, 1, 1, 1, 1] });
    at.receiver.answers.push(...Array.from({ length: 6 }, () => 500));
    await listen();
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    await expect.poll(deliveries).toMatchObject([{ state: 'failed' }]);
    expect(at.receiver.received).toHaveLength(6);
  });

  it('carry a new token on each try when told to', async () => {
    await at.drive('PATCH', '/lever/behaviour', { retryGapsMs: [1], freshTokenOnRetry: true });
    at.receiver.answers.push(500);
    await listen();
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    const [first, second] = await at.receiver.until(2);
    expect(digText(first?.body, 'token')).not.toBe(digText(second?.body, 'token'));
    expect(dig(first?.body, 'id')).toBe(dig(second?.body, 'id'));
    const signature = sign(KEY, digText(second?.body, 'token'), Number(dig(second?.body, 'triggeredAt')));
    expect(dig(second?.body, 'signature')).toBe(signature);
  });

  it('ping with empty data and no id', async () => {
    const webhook = await at.drive('POST', '/lever/webhooks', { url: at.receiver.url });
    await at.drive('POST', '/lever/webhooks/ping', { webhook: dig(webhook.body, 'id') });
    const [ping] = await at.receiver.until(1);
    expect(keysOf(ping?.body)).toEqual(['data', 'event', 'signature', 'token', 'triggeredAt']);
    expect(dig(ping?.body, 'data')).toEqual({});
  });

  it('can be run again, byte for byte', async () => {
    await listen();
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    await at.receiver.until(1);
    await at.drive('POST', '/lever/deliveries/1/resend');
    const [first, second] = await at.receiver.until(2);
    expect(second?.text).toBe(first?.text);
  });

  it('stay within their account and keep silent when their group is off', async () => {
    await listen({ account: 'another' });
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    await listen();
    await at.drive('PATCH', '/lever/behaviour', { silentEvents: ['candidateStageChange'] });
    await at.drive('POST', MOVE, { stageId: stages.offer });
    expect(await deliveries()).toEqual([]);
  });

  it('come without a signature when there is no token', async () => {
    await listen({ signatureToken: null });
    await at.drive('PATCH', '/lever/behaviour', { webhookId: false });
    await at.drive('POST', MOVE, { stageId: stages.backgroundCheck });
    const [delivery] = await at.receiver.until(1);
    expect(dig(delivery?.body, 'signature')).toBeUndefined();
    expect(dig(delivery?.body, 'id')).toBeUndefined();
  });

  it('do not fire for a move to the stage it is in', async () => {
    await listen();
    const moved = await at.drive('POST', MOVE, { stageId: stages.offer });
    expect(moved.body).toEqual({ stage: stages.offer, sent: [] });
  });
});

describe('webhooks made by the API', () => {
  const at = useSandbox();

  it('show their token once, are not unique, and go away', async () => {
    const wish = { url: 'https://example.com/hook', event: 'candidateHired' };
    const [first, second] = [
      await at.lever('POST', '/webhooks', wish),
      await at.lever('POST', '/webhooks', wish),
    ];
    expect(first.status).toBe(201);
    expect(digText(first.body, 'data', 'configuration', 'signatureToken')).toMatch(/^[0-9a-f]{48}$/);
    expect(dig(first.body, 'data', 'id')).not.toBe(dig(second.body, 'data', 'id'));

    const list = await at.lever('GET', '/webhooks');
    expect(keysOf(list.body)).toEqual(['data']);
    expect(JSON.stringify(list.body)).not.toContain('signatureToken');

    const gone = await at.lever('DELETE', `/webhooks/${digText(first.body, 'data', 'id')}`);
    expect([gone.status, gone.body]).toEqual([204, '']);
    expect(digList((await at.lever('GET', '/webhooks')).body, 'data')).toHaveLength(1);
  });

  it('can be changed all at once, without an id in the path', async () => {
    const made = await at.lever('POST', '/webhooks', {
      url: 'https://example.com/a',
      event: 'candidateHired',
    });
    const id = digText(made.body, 'data', 'id');
    const changed = await at.lever('PUT', '/webhooks', { data: [{ id, url: 'https://example.com/b' }] });
    expect(changed.body).toMatchObject({ data: [{ id, url: 'https://example.com/b' }] });
  });
});
