import { SEED } from '../seed.ts';
import { bucketShelf } from '../token-bucket.ts';
import { DEFAULT_PRODUCTS, newProduct } from './new-product.ts';
import { DEFAULT_VICTIG_BEHAVIOUR } from './victig-state.ts';
import type { Client, VictigState } from './victig-state.ts';

const DAY_MS = 86_400_000;

export function seedVictig(nowMs: number): VictigState {
  const { clients, products, token } = SEED.victig;
  const modifiedDate = Math.floor((nowMs - 30 * DAY_MS) / 1000) * 1000;
  const guids = [products.criminalPackage1, products.criminalPackage2, products.employmentVerification];
  const main: Client = {
    clientGuid: clients.main,
    parentGuid: null,
    name: 'Acme',
    code: 'ACME',
    city: 'San Francisco',
    modifiedDate,
    products: DEFAULT_PRODUCTS.map((name, index) => newProduct(name, modifiedDate, guids[index])),
  };
  const sub = (clientGuid: string, name: string, code: string, city: string): Client => ({
    clientGuid,
    parentGuid: main.clientGuid,
    name,
    code,
    city,
    modifiedDate,
    products: DEFAULT_PRODUCTS.map((product) => newProduct(product, modifiedDate)),
  });
  const all = [
    main,
    sub(clients.oakland, 'Acme Oakland', 'ACME-OAK', 'Oakland'),
    sub(clients.reno, 'Acme Reno', 'ACME-RNO', 'Reno'),
  ];
  return {
    clients: new Map(all.map((client) => [client.clientGuid, client])),
    applicants: new Map(),
    applicantsOf: new Map(),
    orders: new Map(),
    ordersOf: new Map(),
    ordersOfApplicant: new Map(),
    tokens: new Map([
      [token, { token, type: 'ORDER', application: 'Demo Agency - Sandbox ', clientGuids: null }],
    ]),
    callbacks: [],
    behaviour: { ...DEFAULT_VICTIG_BEHAVIOUR },
    buckets: bucketShelf(5, 10),
    lastFileNumber: 576_468,
    instanceGuid: '1257a4ce-0000-4000-8000-000000000001',
  };
}
