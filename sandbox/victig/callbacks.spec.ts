import { describe, expect, it } from 'vitest';
import { ANY_NUMBER, ANY_TEXT } from '../spec/anything.ts';
import { dig, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';

const { clients, products } = SEED.victig;

describe('callbacks of VICTIG', () => {
  const at = useSandbox();

  const listen = (more: object = {}): Promise<unknown> =>
    at.drive('POST', '/victig/callbacks', { url: at.receiver.url, authorization: 'Secret abc', ...more });
  const order = async (): Promise<string> => {
    const path = `/clients/${clients.main}`;
    const applicant = await at.victig('POST', `${path}/applicants`, {
      firstName: 'Ana',
      lastName: 'Ruiz',
      email: 'ana.ruiz@example.com',
    });
    const placed = await at.victig('POST', `${path}/orders`, {
      applicantGuid: dig(applicant.body, 'applicantGuid'),
      clientProductGuid: products.criminalPackage2,
      useQuickApp: true,
      externalIdentifier: 'ours',
    });
    return digText(placed.body, 'orderGuid');
  };
  const events = (): string[] => at.receiver.received.map(({ body }) => digText(body, 'event'));

  it('tell of the life of an order, without its status', async () => {
    await listen();
    const guid = await order();
    const [created] = await at.receiver.until(1);
    expect(created?.headers.authorization).toBe('Secret abc');
    expect(created?.body).toEqual({
      version: 1,
      resourceGuid: guid,
      event: 'order.created',
      resourcePath: `/clients/${clients.main}/orders/${guid}`,
      timestamp: ANY_NUMBER,
      instanceGuid: ANY_TEXT,
      baseClientGuid: clients.main,
      externalIdentifier: 'ours',
    });
    const finished = await at.drive('POST', '/victig/orders/latest/finish-quickapp');
    expect(dig(finished.body, 'status')).toBe('pending');
    expect((await at.drive('POST', '/victig/orders/latest/finish-quickapp')).status).toBe(409);
    await at.receiver.until(2);
    await at.drive('POST', `/victig/orders/${guid}/complete`);
    await at.receiver.until(5);
    expect(events().toSorted((one, other) => one.localeCompare(other))).toEqual([
      'order.completed',
      'order.created',
      'order.quickapp.completed',
      'order.search.completed',
      'order.search.completed',
    ]);
    const search = at.receiver.received.find(({ body }) => dig(body, 'event') === 'order.search.completed');
    expect(dig(search?.body, 'externalIdentifier')).toBeNull();
    expect(digText(search?.body, 'resourcePath')).toMatch(/\/orders\/[^/]+\/searches\/[^/]+$/);
  });

  it('count seconds when told to, and leave the header out when none is configured', async () => {
    await at.drive('PATCH', '/victig/behaviour', { timestampUnit: 's' });
    await listen({ authorization: null });
    await order();
    const [created] = await at.receiver.until(1);
    expect(Number(dig(created?.body, 'timestamp'))).toBeLessThan(10_000_000_000);
    expect(created?.headers.authorization).toBeUndefined();
  });

  it('of a main client include its sub-clients; others hear nothing', async () => {
    await listen({ clientGuid: clients.main });
    await listen({ clientGuid: clients.reno });
    await order();
    expect((await at.drive('GET', '/victig/deliveries')).body).toHaveLength(1);
  });

  it('are sent once, whatever the answer', async () => {
    at.receiver.answers.push(500);
    await listen();
    await order();
    await expect
      .poll(async () => (await at.drive('GET', '/victig/deliveries')).body)
      .toMatchObject([{ state: 'failed', attempts: [{ status: 500 }] }]);
  });

  it('can be dropped and doubled by chance that a seed repeats', async () => {
    await listen();
    await at.drive('POST', '/outgoing', { vendor: 'victig', drop: 1 });
    await order();
    await at.drive('POST', '/outgoing', { vendor: 'victig', duplicate: 1, jitterMs: 5, seed: 7 });
    await order();
    const [first, second] = await at.receiver.until(2);
    expect(first?.text).toBe(second?.text);
    expect((await at.drive('GET', '/victig/deliveries')).body).toMatchObject([
      { state: 'dropped', attempts: [] },
      { repeats: null },
      { repeats: 2 },
    ]);
  });

  it('tell of a cancellation, and nothing of a reopening or another status', async () => {
    await listen();
    await order();
    await at.drive('POST', '/victig/orders/latest/complete');
    const reopened = await at.drive('POST', '/victig/orders/latest/reopen');
    expect(reopened.body).toMatchObject({ status: 'pending', sent: [] });
    const reviewed = await at.drive('POST', '/victig/orders/latest/advance', { status: 'qa review' });
    expect(reviewed.body).toMatchObject({ status: 'qa review', sent: [] });
    const canceled = await at.drive('POST', '/victig/orders/latest/cancel');
    expect(canceled.body).toMatchObject({ status: 'canceled', sent: [{ event: 'order.canceled' }] });
  });

  it('come when the candidate submits the form of the QuickApp link', async () => {
    await listen();
    const guid = await order();
    const link = digText((await at.drive('GET', `/victig/orders/${guid}`)).body, 'quickappLink');
    expect(await (await fetch(link)).text()).toContain('<form');
    await fetch(link, { method: 'POST', body: new URLSearchParams() });
    await at.receiver.until(2);
    expect(events()).toContain('order.quickapp.completed');
  });
});
