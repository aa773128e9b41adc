import { describe, expect, it } from 'vitest';
import type { CandidateDetails } from './candidate.js';
import type { Client, Product } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { notFoundIn, type LookedIn } from './looked-for-in.js';
import { mapOrder } from './map-order.js';
import { settingsSchema } from './settings.js';

const CLIENTS: readonly Client[] = [
  { guid: 'main', name: 'Acme', code: 'MAIN', city: null },
  { guid: 'east', name: 'Acme East', code: 'BAY', city: null },
  { guid: 'west', name: 'Acme West', code: 'BAY', city: null },
];
const PRODUCTS: readonly Product[] = [
  { guid: 'a', name: 'A' },
  { guid: 'b1', name: 'B' },
  { guid: 'b2', name: 'B' },
];

interface Case {
  settings?: object;
  candidate?: Partial<CandidateDetails>;
  clients?: readonly Client[];
}

function placesOf({ settings, candidate, clients = CLIENTS }: Case): LookedIn[] {
  const known = settingsSchema.parse({ defaultProduct: 'A', productPrefix: 'Product:', ...settings });
  const details: CandidateDetails = {
    name: 'Ana Ruiz',
    emails: ['ana@example.com'],
    phones: [],
    tags: [],
    positionTitle: null,
    positionDepartment: null,
    location: null,
    ...candidate,
  };
  const choice = chooseClient(details, known, clients, 'main');
  return notFoundIn(mapOrder(details, known, choice, PRODUCTS), details, known);
}

const BY_CODE = { subClientBy: 'clientCode', subClientPrefix: 'Office:' };
const ofPosting = (location: string) => ({ location, locationFrom: 'posting' as const });
const ofOpportunity = (location: string) => ({ location, locationFrom: 'opportunity' as const });

describe('where a mapping did not find just what was asked for', () => {
  it.each<[string, Case, LookedIn[]]>([
    ['nowhere, for the default is exact', {}, []],
    ['nowhere, for the tag is exact', { candidate: { tags: ['Product: A'] } }, []],
    ['nowhere, for the fault is the candidate', { candidate: { name: 'Ana', emails: [] } }, []],
    ['nowhere, for the tags differ', { candidate: { tags: ['Product: A', 'Product: C'] } }, []],
    ['the products, for a tag', { candidate: { tags: ['Product: C'] } }, ['products']],
    [
      'the products, for a tag and the default instead',
      { settings: { productMismatch: 'default' }, candidate: { tags: ['Product: C'] } },
      ['products'],
    ],
    ['the products, for the default', { settings: { defaultProduct: 'Gone' } }, ['products']],
    ['the products, for there are two', { candidate: { tags: ['Product: B'] } }, ['products']],
    ['the clients, for the main one', { clients: [] }, ['clients']],
    ['the clients, for a tag', { settings: BY_CODE, candidate: { tags: ['Office: X'] } }, ['clients']],
    [
      'the clients, for a tag, whatever the posting says',
      { settings: BY_CODE, candidate: { tags: ['Office: BAY'], ...ofPosting('MAIN') } },
      ['clients'],
    ],
    [
      "the clients, for the opportunity's location",
      { settings: BY_CODE, candidate: ofOpportunity('X') },
      ['clients'],
    ],
    [
      'the posting too, where the location is its own',
      { settings: BY_CODE, candidate: ofPosting('X') },
      ['clients', 'posting'],
    ],
    [
      'both, where it is refused',
      { settings: { ...BY_CODE, subClientMismatch: 'error' }, candidate: ofPosting('BAY') },
      ['clients', 'posting'],
    ],
    ['the posting, where there is no location', { settings: BY_CODE }, ['posting']],
    [
      'the clients, for a client of the map',
      {
        settings: { subClientBy: 'clientCity', clientCities: { Reno: 'gone' } },
        candidate: ofOpportunity('Reno'),
      },
      ['clients'],
    ],
    ['the posting, for the reference', { settings: { referenceBy: 'jobTitle' } }, ['posting']],
    [
      'nowhere, for no tag gives a reference',
      { settings: { referenceBy: 'tags', referencePrefix: 'Ref:' } },
      [],
    ],
    [
      'all of it',
      {
        settings: { ...BY_CODE, referenceBy: 'jobDepartment' },
        candidate: { tags: ['Office: X', 'Product: C'] },
      },
      ['clients', 'products', 'posting'],
    ],
  ])('is %s (M3, M4, M5)', (_where, given, places) => {
    expect(placesOf(given).toSorted()).toEqual(places.toSorted());
  });
});
