import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { failureOf } from '../../test/support/failure-of.js';
import { LocalServer } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { Unlimited } from '../../test/support/unlimited.js';
import type { InstallationState } from '../installations/installation.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import { accountByKey } from './lever-accounts.js';
import { LeverClient } from './lever-client.js';
import { OwnAccount } from './own-account.js';

const HOUR_MS = 3_600_000;

describe('what Lever does not have', () => {
  let server: LocalServer;
  let http: JsonClient;
  let clock: SetClock;
  let state: InstallationState;
  let stageIds: string[];
  let own: OwnAccount;

  beforeAll(async () => {
    server = await LocalServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.reset();
    state = 'active';
    stageIds = ['s-1', 's-2'];
    const config = configFor({ leverApiUrl: `${server.url}/v1` });
    clock = new SetClock();
    http = new JsonClient(OutgoingHosts.of(config), clock);
    const installations = {
      find: () => Promise.resolve({ state, configuration: { triggerStageIds: stageIds } }),
    };
    own = new OwnAccount(new LeverClient(http, new Unlimited(), config.lever), installations, clock);
    return () => http.onApplicationShutdown();
  });

  const stages = (...ids: string[]): void =>
    server.answerJson(200, { data: ids.map((id) => ({ id, text: id })), hasNext: false });
  const demand = (key = 'key'): Promise<void> => own.demand('i1', accountByKey(key, null));

  it('is gone where the account has one of the trigger stages (T6)', async () => {
    stages('lead-new', 's-2');
    await expect(demand()).resolves.toBeUndefined();
  });

  it('is not known to be gone where the account has none of them: it is another one (T6, I5)', async () => {
    stages('lead-new', 's-3');
    expect(await failureOf(demand())).toMatchObject({ failure: 'unauthorized', code: 'another_account' });
  });

  it.each([
    ['may not be read', 403, {}],
    ['are none', 200, { data: [], hasNext: false }],
  ])('is gone where stages tell nothing, for they %s (T6)', async (_why, status, body) => {
    server.answerJson(status, body);
    await expect(demand()).resolves.toBeUndefined();
  });

  it.each([
    ['cannot be read at present', 503, {}, 'unavailable'],
    ['are not there either', 404, {}, 'unavailable'],
    ['cannot be understood', 200, { data: 'none' }, 'malformed'],
  ])('is asked for again where the stages %s (T6, F2)', async (_why, status, body, failure) => {
    server.answerJson(status, body);
    expect(await failureOf(demand())).toMatchObject({ failure });
    stages('s-1');
    await expect(demand()).resolves.toBeUndefined();
  });

  it('is gone for a draft, whose stages are being tried out, and nobody is asked (M12)', async () => {
    state = 'draft';
    await expect(demand()).resolves.toBeUndefined();
    expect(server.received).toEqual([]);
  });

  it('is gone for an installation without trigger stages, and nobody is asked (T6)', async () => {
    stageIds = [];
    await expect(demand()).resolves.toBeUndefined();
    expect(server.received).toEqual([]);
  });

  it('is asked for once in half a minute while the account is another (F3)', async () => {
    stages('s-3');
    for (let n = 0; n < 3; n++) await expect(demand()).rejects.toThrow('another_account');
    expect(server.received).toHaveLength(1);
    stages('s-1');
    clock.advance(31_000);
    await expect(demand()).resolves.toBeUndefined();
  });

  it('costs a call once in ten minutes, and another one for another key or other stages (F3)', async () => {
    stages('s-1', 's-9');
    for (let n = 0; n < 3; n++) await demand();
    expect(server.received).toHaveLength(1);
    await demand('another key');
    stageIds = ['s-9'];
    await demand();
    expect(server.received).toHaveLength(3);
    clock.advance(HOUR_MS);
    await demand();
    expect(server.received).toHaveLength(4);
  });
});
