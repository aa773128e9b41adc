import { phaseOf } from '../../src/victig/status-table.js';
import { InMemoryScreeningProvider } from '../support/in-memory-screening-provider.js';
import { screeningProviderContract, type ScreeningWorld } from './screening-provider.contract.js';

async function inMemory(): Promise<ScreeningWorld> {
  const provider = new InMemoryScreeningProvider({
    'installation-1': { certified: true },
    uncertified: { certified: false },
  });
  return {
    provider,
    installationId: 'installation-1',
    uncertifiedId: 'uncertified',
    addClient: async (client) => provider.putClient({ ...client, city: null }).guid,
    addProduct: async (clientGuid, name) => provider.putProduct(clientGuid, name).guid,
    async setStatus(orderGuid, rawStatus) {
      provider.change(orderGuid, { rawStatus, phase: phaseOf(rawStatus) });
    },
    async complete(orderGuid, { flagged, decision, searches }) {
      provider.change(
        orderGuid,
        { rawStatus: 'complete', phase: 'complete', flagged, decision, completedAt: new Date() },
        { searches, reportLink: 'https://victig.example/editor/viewReport.taz?file=1' },
      );
    },
    ordersPlaced: async () => provider.screenings.length,
    async loseIdentifiers(lose) {
      provider.losesIdentifiers = lose;
    },
    failNext: async (planned) => provider.plan.failNext(planned),
    stop: () => Promise.resolve(),
  };
}

screeningProviderContract('the stand-in', inMemory);
