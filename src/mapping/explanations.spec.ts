import { describe, expect, it } from 'vitest';
import type { CandidateDetails } from './candidate.js';
import type { Client, Product } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { mapOrder } from './map-order.js';
import { settingsSchema } from './settings.js';

const CLIENTS: readonly Client[] = [
  { guid: 'main', name: 'Acme', code: 'MAIN', city: 'Denver' },
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
  name: 'Ann Example',
  emails: ['ann@example.com'],
  phones: ['415-226-0134'],
  tags: [],
  positionTitle: 'Driver',
  positionDepartment: 'Logistics',
  location: 'Austin, TX',
};

type Case = [title: string, settings: object, candidate: Partial<CandidateDetails>];

const office = { subClientBy: 'clientCode', subClientPrefix: 'Office:' };
const refused = { subClientMismatch: 'error' };
const byTag = { referenceBy: 'tags', referencePrefix: 'Reference:' };

/** Each case shows at least one sentence that the cases before it do not. */
const CASES: readonly Case[] = [
  ['Nothing is configured', {}, {}],
  ['No tag has a prefix', { productPrefix: null, ...byTag }, { tags: ['Remote'] }],
  ['A tag names the product', {}, { tags: ['Product: Criminal Package 2'] }],
  ['A tag names an unknown product', {}, { tags: ['Product: Criminal Package 3'] }],
  ['The default stands in', { productMismatch: 'default' }, { tags: ['Product: Criminal Package 3'] }],
  ['Two product tags', {}, { tags: ['Product: A', 'Product: B'] }],
  ['Two products of one name', {}, { tags: ['Product: Twin'] }],
  ['Two defaults of one name', { defaultProduct: 'Twin' }, {}],
  ['No such default', { defaultProduct: 'Gone' }, {}],
  ['The city of the job', { subClientBy: 'clientCity' }, {}],
  [
    'The city that is chosen for the opportunity',
    { subClientBy: 'clientCity' },
    { locationFrom: 'opportunity' },
  ],
  [
    'The city of the posting, and no tag',
    { subClientBy: 'clientCity', subClientPrefix: 'Office:' },
    { locationFrom: 'posting' },
  ],
  ['Sub-client tags that mean nothing', { subClientPrefix: 'Office:' }, { tags: ['Office: A', 'Office: B'] }],
  [
    'A city that only the settings know',
    { subClientBy: 'clientCity', clientCities: { Reno: 'south' } },
    { location: 'Reno, NV' },
  ],
  ['A sub-client tag', office, { tags: ['Office: SOUTH'] }],
  ['A sub-client tag without a location', office, { tags: ['Office: SOUTH'], location: null }],
  ['No client has the code of the tag', office, { tags: ['Office: WEST'] }],
  ['No location', { subClientBy: 'clientName' }, { location: null }],
  ['Several clients of one city', { subClientBy: 'clientCity' }, { location: 'Oakland, CA' }],
  ['No client is refused', { subClientBy: 'clientCity', ...refused }, { location: 'Paris' }],
  ['Several clients are refused', { ...office, ...refused }, { tags: ['Office: BAY'] }],
  ['Two sub-client tags', office, { tags: ['Office: BAY', 'Office: MAIN'] }],
  ['The title as the reference', { referenceBy: 'jobTitle' }, {}],
  ['No title for a reference', { referenceBy: 'jobTitle' }, { positionTitle: null }],
  ['The department as the reference', { referenceBy: 'jobDepartment' }, {}],
  ['No department for a reference', { referenceBy: 'jobDepartment' }, { positionDepartment: ' ' }],
  ['A reference tag that means nothing', { ...byTag, referenceBy: 'jobTitle' }, { tags: ['Reference: 42'] }],
  ['A reference tag where none is sent', { ...byTag, referenceBy: 'none' }, { tags: ['Reference: 42'] }],
  ['A tag as the reference', byTag, { tags: ['Reference: 42'] }],
  ['A reference tag that is only the prefix', byTag, { tags: ['Reference:'] }],
  ['Two reference tags', byTag, { tags: ['Reference: 1', 'Reference: 2'] }],
  ['A name of four parts', {}, { name: 'Ann Mary van der Berg Jr.' }],
  ['A name of one part', {}, { name: 'Ann' }],
  [
    'No name, no address, no number, no job',
    {},
    { name: '', emails: [], phones: [], positionTitle: null, location: null },
  ],
  ['Two addresses and numbers', {}, { emails: ['a@x.org', 'b@x.org'], phones: ['415-226-0134', '1'] }],
  ['The second of two', {}, { emails: ['a', 'b@x.org'], phones: ['1', '415-226-0134'] }],
  ['None that is valid', {}, { emails: ['a', 'b'], phones: ['1', '2'] }],
  ['Invited by text as well', { quickApp: { email: true, text: true } }, {}],
  ['Invited by text alone', { quickApp: { email: false, text: true } }, {}],
  ['Nobody to send a text to', { quickApp: { email: false, text: true } }, { phones: [] }],
];

function explain([title, input, changes]: Case): string {
  const settings = settingsSchema.parse({ defaultProduct: 'Criminal Package 1', ...input });
  const candidate = { ...CANDIDATE, ...changes };
  const { order, values, warnings, refusals } = mapOrder(
    candidate,
    settings,
    chooseClient(candidate, settings, CLIENTS, 'main'),
    PRODUCTS,
  );
  return [
    `# ${title}: ${order ? 'ordered' : 'refused'}`,
    ...values.map(
      ({ field, value, source, reason }) => `${field} = ${JSON.stringify(value)} [${source}] ${reason}`,
    ),
    ...warnings.map(({ code }) => `warning ${code}`),
    ...refusals.map(({ code }) => `refusal ${code}`),
  ].join('\n');
}

describe('what a support engineer reads of an order', () => {
  it('says for each value where it is from, by which rule, and what lost (M12)', async () => {
    await expect(CASES.map(explain).join('\n\n') + '\n').toMatchFileSnapshot('golden/explanations.txt');
  });
});
