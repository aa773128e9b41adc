import { describe, expect, it } from 'vitest';
import type { CandidateDetails } from './candidate.js';
import type { Client, Product } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { mapOrder } from './map-order.js';
import type { Mapping } from './mapping.js';
import { settingsSchema, type Settings } from './settings.js';

const CLIENTS: readonly Client[] = [
  { guid: 'main', name: 'Acme', code: 'MAIN', city: null },
  { guid: 'south', name: 'Acme South', code: 'SOUTH', city: 'Austin' },
  { guid: 'east', name: 'Acme East', code: 'BAY', city: 'Oakland' },
  { guid: 'west', name: 'Acme West', code: 'BAY', city: 'Oakland' },
];
const PRODUCTS: readonly Product[] = [
  { guid: 'p1', name: 'Criminal Package 1' },
  { guid: 'p2', name: 'Criminal Package 2' },
  { guid: 'p3', name: 'Twin' },
  { guid: 'p4', name: 'Twin' },
];
const CANDIDATE: CandidateDetails = {
  name: 'Ann Mary Example, Jr.',
  emails: ['ann@example.com'],
  phones: ['415-226-0134'],
  tags: [],
  positionTitle: 'Driver',
  positionDepartment: 'Logistics',
  location: 'Austin, TX',
};
const FIELDS = [
  'product',
  'client',
  'reference',
  'firstName',
  'middleName',
  'lastName',
  'generation',
  'email',
  'phone',
  'proposedPosition',
  'jobLocation',
  'textingEnabled',
  'notifyApplicant',
];

const settingsWith = (input: object): Settings =>
  settingsSchema.parse({ defaultProduct: 'Criminal Package 1', ...input });

const map = (candidate: CandidateDetails, settings: Settings): Mapping =>
  mapOrder(candidate, settings, chooseClient(candidate, settings, CLIENTS, 'main'), PRODUCTS);

describe('a mapping', () => {
  it('holds the whole order and nothing else (M12)', () => {
    const settings = settingsWith({ referenceBy: 'jobDepartment', quickApp: { email: true, text: true } });
    expect(map({ ...CANDIDATE, name: 'Ann Mary Example Jr.' }, settings).order).toEqual({
      product: { guid: 'p1', name: 'Criminal Package 1' },
      client: { guid: 'main', name: 'Acme' },
      reference: 'Logistics',
      notifyApplicant: true,
      applicant: {
        firstName: 'Ann',
        middleName: 'Mary',
        lastName: 'Example',
        generation: expect.stringMatching(/^Jr/) as string,
        email: 'ann@example.com',
        phone: '(415) 226-0134',
        textingEnabled: true,
        proposedPosition: 'Driver',
        jobLocation: 'Austin, TX',
      },
    });
  });

  it.each([
    ['of an order', CANDIDATE],
    ['of a refusal', { ...CANDIDATE, name: '', emails: [], tags: ['Product: A', 'Product: B'] }],
  ])('explains every value %s with source and reason (M12)', (_name, candidate) => {
    const { values } = map(candidate, settingsWith({}));
    expect(values.map(({ field }) => field)).toEqual(FIELDS);
    expect(values.filter(({ source, reason }) => source === '' || !/^\S.*\.$/.test(reason))).toEqual([]);
  });

  it('names every fault at once (M12)', () => {
    const settings = settingsWith({
      quickApp: { email: false, text: true },
      referenceBy: 'tags',
      referencePrefix: 'Reference:',
    });
    const tags = ['Product: Nonsense', 'Reference: 1', 'Reference: 2'];
    const { order, refusals } = map({ ...CANDIDATE, name: 'Ann', emails: ['-'], phones: [], tags }, settings);
    expect(order).toBeNull();
    expect(refusals.map(({ code }) => code)).toEqual([
      'unknown_product',
      'conflicting_reference_tags',
      'single_name',
      'invalid_email',
      'text_without_phone',
    ]);
  });

  it('does not complain of products while the client is unknown (M12)', () => {
    const settings = settingsWith({ subClientBy: 'clientCity', subClientMismatch: 'error' });
    const candidate = { ...CANDIDATE, location: 'Paris', tags: ['Product: Nonsense'] };
    const mapping = mapOrder(candidate, settings, chooseClient(candidate, settings, CLIENTS, 'main'), []);
    expect(mapping.refusals.map(({ code }) => code)).toEqual(['sub_client_not_found']);
    expect(mapping.values[0]).toMatchObject({ field: 'product', value: null });
  });
});
