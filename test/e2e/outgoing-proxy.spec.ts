import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ForwardProxy } from '../support/forward-proxy.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** What the service asks for at any of them. Nothing on this machine resolves the names. */
const VENDORS = { lever: 'api.lever.test', auth: 'auth.lever.test', victig: 'api.victig.test' } as const;

describe('behind a proxy for outgoing calls (A6)', () => {
  let proxy: ForwardProxy;
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    proxy = await ForwardProxy.start();
    service = await startTestService({
      VENDOR_PROXY_URL: proxy.url,
      LEVER_API_URL: `http://${VENDORS.lever}/lever/v1`,
      LEVER_AUTH_URL: `http://${VENDORS.auth}/lever/auth`,
      VICTIG_API_URL: `http://${VENDORS.victig}/victig/v1`,
    });
    proxy.routes.set(`${VENDORS.lever}:80`, portOf(service.sandbox.leverApiUrl));
    proxy.routes.set(`${VENDORS.auth}:80`, portOf(service.sandbox.leverAuthUrl));
    proxy.routes.set(`${VENDORS.victig}:80`, portOf(service.sandbox.victigApiUrl));
    play = new Play(service);
    await play.setUp();
  });
  afterAll(async () => {
    await service.stop();
    await proxy.stop();
  });

  const portOf = (url: string): number => Number(new URL(url).port);

  it('an order goes its whole way, and no call goes past it (A6)', async () => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
    const asked = new Set(proxy.asked.map(({ authority }) => authority));
    expect(asked).toEqual(new Set([`${VENDORS.lever}:80`, `${VENDORS.victig}:80`]));
  });

  it('an order waits while the proxy does not get through, and is placed once it does (F2, V4)', async () => {
    const id = await play.candidate();
    proxy.routes.delete(`${VENDORS.victig}:80`);
    proxy.closeTunnels();
    await play.move(id);
    await eventually(async () => {
      const { id: orderId, trouble } = await play.order(id);
      expect(trouble).toMatchObject({ failure: 'unreachable' });
      const told = (await play.timeline(orderId)).find(({ kind }) => kind === 'trouble');
      expect(JSON.stringify(told)).toContain('PROXY_502');
    });
    proxy.routes.set(`${VENDORS.victig}:80`, portOf(service.sandbox.victigApiUrl));
    await play.untilStatus(id, 'Pending');
    await play.orderAtVictig(id);
  });
});
