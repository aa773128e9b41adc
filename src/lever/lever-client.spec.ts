import { describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { LocalServer, sendJson } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { Unlimited } from '../../test/support/unlimited.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
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
