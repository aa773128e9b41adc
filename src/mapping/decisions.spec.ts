import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CandidateDetails } from './candidate.js';
import type { Client, Product } from './catalogue.js';
import { chooseClient } from './choose-client.js';
import { mapOrder } from './map-order.js';
import type { Mapping } from './mapping.js';
import type { OrderRequest } from './order-request.js';
import { parseSettings, type Settings } from './settings.js';

/** What cannot be seen is written out in the table. */
const INVISIBLE: Readonly<Record<string, string>> = {
  '{nbsp}': '\u00A0',
  '{thin}': '\u2009',
  '{wide}': '\u3000',
  '{zero}': '\u200B',
  '{tab}': '\t',
  '{accent}': '\u0301',
  '{soft}': '\u00AD',
  '{lost}': '\uFFFD',
};
const PAGE = readFileSync(new URL('decisions.md', import.meta.url), 'utf8').replaceAll(
  /\{\w+\}/g,
  (name) => INVISIBLE[name] ?? name,
);

/** The cells of the body of the table below a heading. */
function tableBelow(heading: string): string[][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => row.split('|').slice(1, -1).map(trimPadding));
}

/** Without the spaces that a formatter puts into a table; a no-break space is of the case. */
const trimPadding = (cell: string): string => cell.replace(/^ +| +$/g, '');

const listOf = (cell: string, separator: string): string[] =>
  cell === '' || cell === '-' ? [] : cell.split(separator).map(trimPadding);

const orNull = (cell: string): string | null => (cell === '-' || cell === '' ? null : cell);

/** `a = 1; b = 2`, in order. */
const assignments = (cell: string): [name: string, value: string][] =>
  listOf(cell, ';').map((part) => {
    const [name = '', ...value] = part.split('=');
    return [trimPadding(name), trimPadding(value.join('='))];
  });

const CLIENTS: readonly (Client & { products: Product[] })[] = tableBelow("VICTIG's clients").map(
  ([guid = '', name = '', code = '', city = '', products = '']) => ({
    guid,
    name,
    code: orNull(code),
    city: orNull(city),
    products: listOf(products, ',').map((product, index) => ({ guid: `${guid}-p${index}`, name: product })),
  }),
);
const MAIN_GUID = CLIENTS[0]?.guid ?? '';

function settingsOf(cell: string): Settings {
  const input: Record<string, unknown> = { defaultProduct: 'Criminal Package 1' };
  const quickApp: Record<string, boolean> = {};
  for (const [name, value] of assignments(cell)) {
    const [group, member] = name.split('.');
    if (group === 'quickApp' && member !== undefined) quickApp[member] = value === 'true';
    else if (name === 'clientCities') input[name] = Object.fromEntries([value.split(': ')]);
    else input[name] = value === 'null' ? null : value.replace(/^"(.*)"$/, '$1');
  }
  const parsed = parseSettings({ ...input, quickApp });
  if (!parsed.ok) throw new Error(parsed.faults.map(({ message }) => message).join(' '));
  return parsed.settings;
}

function candidateOf(tags: string, posting: string, person: string): CandidateDetails {
  const { name, emails, phones, ...unknown } = {
    name: 'Ann Example',
    emails: 'ann@example.com',
    phones: '415-226-0134',
    ...Object.fromEntries(assignments(person)),
  };
  expect(unknown).toEqual({});
  const [title = '', department = '', location = ''] = (
    posting === '' ? 'Driver / Logistics / Denver, CO' : posting
  ).split(' / ');
  return {
    name: orNull(name) ?? '',
    emails: listOf(emails, ','),
    phones: listOf(phones, ','),
    tags: [...tags.matchAll(/`([^`]*)`/g)].map(([, tag = '']) => tag),
    positionTitle: orNull(title),
    positionDepartment: orNull(department),
    location: orNull(location),
  };
}

function decide(candidate: CandidateDetails, settings: Settings): Mapping {
  const choice = chooseClient(candidate, settings, CLIENTS, MAIN_GUID);
  const products = CLIENTS.find(({ guid }) => guid === choice.client?.guid)?.products ?? [];
  return mapOrder(candidate, settings, choice, products);
}

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');
const dash = (value: string | null): string => value ?? '-';

/** What a row may say of an order beyond product and client. */
const ASPECTS: Readonly<Record<string, (order: OrderRequest) => string>> = {
  reference: ({ reference }) => dash(reference),
  name: ({ applicant: { firstName, middleName, lastName, generation } }) =>
    [firstName, dash(middleName), lastName, dash(generation)].join(' / '),
  email: ({ applicant }) => applicant.email,
  phone: ({ applicant }) => dash(applicant.phone),
  position: ({ applicant }) => dash(applicant.proposedPosition),
  location: ({ applicant }) => dash(applicant.jobLocation),
  invited: ({ notifyApplicant }) => yesOrNo(notifyApplicant),
  texting: ({ applicant }) => yesOrNo(applicant.textingEnabled),
};

/** The mapping in the words of the row: only what the row speaks of, and warnings and reference always. */
function inWordsOf(expected: readonly [string, string][], mapping: Mapping): [string, string][] {
  const { order, refusals, warnings } = mapping;
  const verdict = order
    ? `order ${order.product.name} under ${order.client.name}`
    : `refuse ${refusals
        .map(({ code }) => code)
        .toSorted()
        .join(', ')}`;
  const note = refusals.map(({ message }) => message).join('\n');
  const said = expected.slice(1).flatMap(([aspect, value]): [string, string][] => {
    if (aspect === 'warning') return [];
    if (aspect === 'says') return [[aspect, note.includes(value) ? value : note]];
    const read = ASPECTS[aspect];
    return [[aspect, order && read ? read(order) : 'cannot be said']];
  });
  const unsaid: [string, string][] = [];
  const speaksOfReference = expected.some(([aspect]) => aspect === 'reference');
  if (order && order.reference !== null && !speaksOfReference) unsaid.push(['reference', order.reference]);
  if (warnings.length > 0) unsaid.push(['warning', warnings.map(({ code }) => code).join(', ')]);
  return [[verdict, ''], ...said, ...unsaid];
}

const ROWS = tableBelow('Cases');

describe('decisions', () => {
  it('are at least a hundred and fifty, each with a name of its promise (M12)', () => {
    expect(ROWS.length).toBeGreaterThanOrEqual(150);
    expect(ROWS.filter(([name = '']) => !/ \(M\d+\)$/.test(name))).toEqual([]);
    const promises = new Set(ROWS.map(([name = '']) => / \((M\d+)\)$/.exec(name)?.[1]));
    expect(promises.size).toBe(12);
  });

  it.each(ROWS)('%s', (_name, settings = '', tags = '', posting = '', person = '', expectation = '') => {
    const mapping = decide(candidateOf(tags, posting, person), settingsOf(settings));
    const expected = assignments(expectation);
    expect(inWordsOf(expected, mapping)).toEqual(expected);
  });
});
