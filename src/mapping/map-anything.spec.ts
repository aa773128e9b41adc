import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CandidateDetails } from './candidate.js';
import type { Client, Product } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { mapOrder } from './map-order.js';
import type { Mapping } from './mapping.js';
import { parseSettings, type Settings } from './settings.js';

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

/** All that an order may send; the guids are those of VICTIG's own lists. */
const SENT = [
  'product.guid',
  'product.name',
  'client.guid',
  'client.name',
  'reference',
  'applicant.firstName',
  'applicant.middleName',
  'applicant.lastName',
  'applicant.generation',
  'applicant.email',
  'applicant.phone',
  'applicant.textingEnabled',
  'applicant.proposedPosition',
  'applicant.jobLocation',
  'notifyApplicant',
];

const pathsOf = (value: object): string[] =>
  Object.entries(value).flatMap(([name, member]: [string, unknown]) =>
    typeof member === 'object' && member !== null ? pathsOf(member).map((path) => `${name}.${path}`) : [name],
  );

const map = (candidate: CandidateDetails, settings: Settings): Mapping =>
  mapOrder(candidate, settings, chooseClient(candidate, settings, CLIENTS, 'main'), PRODUCTS);

describe('mapping anything', () => {
  const prefix = fc.constantFrom('Product:', 'Package – ', 'Sub-client:', 'Office:', 'Reference:', 'Ref');
  const settings = fc
    .record(
      {
        defaultProduct: fc.constantFrom('Criminal Package 1', 'Twin', 'Gone'),
        productPrefix: fc.option(prefix),
        productMismatch: fc.constantFrom('default', 'error'),
        subClientBy: fc.constantFrom('none', 'clientCode', 'clientName', 'clientCity'),
        subClientPrefix: fc.option(prefix),
        subClientMismatch: fc.constantFrom('main', 'error'),
        clientCities: fc.dictionary(
          fc.constantFrom('Austin', 'Tucson', '__proto__'),
          fc.constantFrom('main', 'gone'),
        ),
        referenceBy: fc.constantFrom('none', 'jobTitle', 'jobDepartment', 'tags'),
        referencePrefix: fc.option(prefix),
        quickApp: fc.record({ email: fc.boolean(), text: fc.boolean() }),
      },
      { requiredKeys: ['defaultProduct'] },
    )
    .map((input) => parseSettings(input))
    .filter((parsed) => parsed.ok)
    .map((parsed) => parsed.settings);

  const text = fc.string({ unit: 'binary' });
  const tag = fc.oneof(
    text,
    fc
      .tuple(
        fc.oneof(prefix, fc.constantFrom('product:', 'Package — ', 'OFFICE:')),
        fc.constantFrom('', ' ', '\u00A0'),
        fc.constantFrom('Criminal Package 1', 'Criminal Package 2', 'Twin', 'SOUTH', 'BAY', '42', ''),
      )
      .map((parts) => parts.join('')),
  );
  const candidate: fc.Arbitrary<CandidateDetails> = fc.record({
    name: fc.oneof(text, fc.constantFrom('Ann Example', 'Example, Ann')),
    emails: fc.array(fc.oneof(text, fc.constant('ann@example.com')), { maxLength: 3 }),
    phones: fc.array(fc.oneof(text, fc.constant('415-226-0134')), { maxLength: 3 }),
    tags: fc.array(tag, { maxLength: 6 }),
    positionTitle: fc.option(text),
    positionDepartment: fc.option(text),
    location: fc.option(
      fc.oneof(text, fc.constantFrom('Austin, TX', 'SOUTH', 'BAY', 'Oakland', '__proto__')),
    ),
    locationFrom: fc.constantFrom('opportunity', 'posting'),
  });

  const holds = (property: (candidate: CandidateDetails, settings: Settings) => void) => {
    fc.assert(fc.property(candidate, settings, property), { numRuns: 500 });
  };

  it('never throws, and gives an order exactly when nothing is refused (M12, M13)', () => {
    holds((candidate, settings) => {
      const { order, refusals } = map(candidate, settings);
      expect(order === null).toBe(refusals.length > 0);
    });
  });

  it('gives the same answer for the same input, and leaves the input alone (M13)', () => {
    holds((candidate, settings) => {
      const before = structuredClone(candidate);
      expect(map(candidate, settings)).toEqual(map(structuredClone(candidate), structuredClone(settings)));
      expect(candidate).toEqual(before);
    });
  });

  it('does not depend on the order of the tags, nor on one that is there twice (M13)', () => {
    holds((candidate, settings) => {
      const orders = [
        candidate.tags.toReversed(),
        candidate.tags.toSorted(),
        [...candidate.tags, ...candidate.tags],
      ];
      const [first, ...others] = candidate.tags;
      if (first !== undefined) orders.push([...others, first]);
      for (const tags of orders) {
        expect(map({ ...candidate, tags }, settings)).toEqual(map(candidate, settings));
      }
    });
  });

  it('never uses a tag without a configured prefix (M2)', () => {
    holds((candidate, settings) => {
      const { productPrefix, subClientPrefix, referencePrefix } = settings;
      const prefixes = [productPrefix, subClientPrefix, referencePrefix].filter((one) => one !== null);
      const tags = candidate.tags.filter((tag) => prefixes.some((one) => tag.startsWith(one)));
      const [all, configured] = [map(candidate, settings), map({ ...candidate, tags }, settings)];
      expect(all.order).toEqual(configured.order);
      expect(all.refusals).toEqual(configured.refusals);
    });
  });

  it('never sends a field that is not listed (M12)', () => {
    holds((candidate, settings) => {
      const ssn = '078-05-1120';
      const clients = CLIENTS.map((client) => Object.assign({ ssn }, client));
      const products = PRODUCTS.map((product) => Object.assign({ ssn }, product));
      const choice = chooseClient(Object.assign({ ssn }, candidate), settings, clients, 'main');
      const mapping = mapOrder(Object.assign({ ssn }, candidate), settings, choice, products);
      expect(mapping.values.map(({ field }) => field)).toEqual(FIELDS);
      expect(JSON.stringify(mapping)).not.toContain(ssn);
      if (mapping.order) expect(pathsOf(mapping.order)).toEqual(SENT);
    });
  });

  it('gives every refusal and warning one line without a mention (S2)', () => {
    holds((candidate, settings) => {
      const { refusals, warnings } = map(candidate, settings);
      for (const { message } of [...refusals, ...warnings]) expect(message).not.toMatch(/[@\p{Cc}]/u);
    });
  });

  it('gives every value one visible line or nothing (M12)', () => {
    holds((candidate, settings) => {
      const texts = map(candidate, settings).values.map(({ value }) =>
        typeof value === 'string' ? value : '-',
      );
      expect(texts.filter((text) => !/^\P{Cc}*\S\P{Cc}*$/u.test(text))).toEqual([]);
    });
  });
});
