import { z } from 'zod';
import { SEED } from '../../sandbox/seed.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { SystemClock } from '../../src/platform/clock.js';
import { VictigScreeningProvider } from '../../src/victig/victig-screening-provider.js';
import { VictigClient } from '../../src/victig/victig-client.js';
import { ClientOfSandbox } from '../support/client-of-sandbox.js';
import { configFor } from '../support/config-for.js';
import { KnownCredentials } from '../support/known-credentials.js';
import { SandboxDriver } from '../support/sandbox-driver.js';
import { failNextCall } from '../support/sandbox-faults.js';
import { RememberedCities } from '../support/remembered-cities.js';
import { Unlimited } from '../support/unlimited.js';
import { screeningProviderContract, type ScreeningWorld } from './screening-provider.contract.js';

const addedClient = z.object({ clientGuid: z.string() });
const addedProduct = z.object({ clientProductGuid: z.string() });
const state = z.object({ victig: z.object({ orders: z.number() }) });

async function sandboxedVictig(): Promise<ScreeningWorld> {
  const sandbox = await startSandbox();
  const driver = new SandboxDriver(sandbox.url);
  const config = configFor(sandbox);
  const clock = new SystemClock();
  const http = new ClientOfSandbox(config);
  const victig = { apiToken: SEED.victig.token, clientGuid: SEED.victig.clients.main, certified: true };
  const credentials = new KnownCredentials({
    'installation-1': { victig },
    uncertified: { victig: { ...victig, certified: false } },
  });
  return {
    provider: new VictigScreeningProvider(
      credentials,
      new VictigClient(http, new Unlimited(), config.victig),
      config,
      clock,
      new RememberedCities(),
    ),
    installationId: 'installation-1',
    uncertifiedId: 'uncertified',
    async addClient(client) {
      const body = { ...client, parentGuid: SEED.victig.clients.main, products: [] };
      return addedClient.parse(await driver.post('/victig/clients', body)).clientGuid;
    },
    async addProduct(clientGuid, name) {
      return addedProduct.parse(await driver.post('/victig/products', { clientGuid, name }))
        .clientProductGuid;
    },
    async setStatus(orderGuid, status) {
      await driver.post(`/victig/orders/${orderGuid}/advance`, { status });
    },
    async complete(orderGuid, { searches, ...completion }) {
      await driver.post(`/victig/orders/${orderGuid}/complete`, {
        ...completion,
        searches: searches.map(({ name, status }) => ({ displayName: name, status, result: 'yes' })),
      });
    },
    async ordersPlaced() {
      return state.parse(await driver.get('/state')).victig.orders;
    },
    async loseIdentifiers(losesIdentifiers) {
      await driver.patch('/victig/behaviour', { losesIdentifiers });
    },
    failNext(planned) {
      http.expectNext(planned);
      return failNextCall(driver, 'victig', planned);
    },
    async stop() {
      await http.onApplicationShutdown();
      await sandbox.close();
    },
  };
}

screeningProviderContract('VICTIG', sandboxedVictig);
