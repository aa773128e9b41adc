import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { warning, WARNING_CODES } from './warnings.js';

const nearest = { name: 'Criminal Package 2', differsOnlyIn: null };

/** What a support engineer reads, case by case. */
const GOLDEN: [() => ReturnType<typeof warning>, string][] = [
  [
    () =>
      warning('tag_almost_matches', {
        tag: 'product: A',
        prefix: 'Product:',
        setting: 'productPrefix',
        differsIn: 'letter case',
      }),
    'The tag "product: A" is not used: it differs from productPrefix "Product:" only in letter case.',
  ],
  [
    () =>
      warning('product_tag_unknown', {
        asked: 'Criminal Package 3',
        client: 'Acme',
        nearest,
        ordered: 'Criminal Package 1',
      }),
    'The tag asks for the product "Criminal Package 3", which client "Acme" does not have (nearest: "Criminal Package 2"); the default "Criminal Package 1" is taken instead.',
  ],
  [
    () =>
      warning('product_tag_unknown', {
        asked: 'criminal package 2',
        client: 'Acme',
        nearest: { ...nearest, differsOnlyIn: 'letter case' },
        ordered: 'Criminal Package 1',
      }),
    'The tag asks for the product "criminal package 2", which client "Acme" does not have (nearest: "Criminal Package 2", which differs only in letter case); the default "Criminal Package 1" is taken instead.',
  ],
  [
    () =>
      warning('sub_client_not_found', { field: 'city', value: 'Austn', askedBy: 'location', nearest: null }),
    'No client has the city "Austn" of the location, so the main client is ordered under.',
  ],
  [
    () => warning('sub_client_not_found', { field: 'city', value: null, askedBy: 'location', nearest: null }),
    'The job has no location, so the main client is ordered under.',
  ],
  [
    () =>
      warning('sub_client_ambiguous', {
        field: 'code',
        value: 'BAY',
        askedBy: 'tag',
        clients: ['Acme Bay East', 'Acme Bay West'],
      }),
    '2 clients have the code "BAY" of the tag: "Acme Bay East" and "Acme Bay West"; so the main client is ordered under.',
  ],
  [
    () => warning('sub_client_ambiguous', { field: 'code', value: 'BAY', askedBy: 'tag', clients: 2 }),
    '2 clients have the code "BAY" of the tag; so the main client is ordered under.',
  ],
  [
    () => warning('main_client_unlisted', { guid: '34f3264e' }),
    'VICTIG does not list the main client "34f3264e" for this token, so its name is not known.',
  ],
  [
    () => warning('mapped_city_unlisted', { city: 'Tucson', guid: '34f3264e' }),
    'clientCities sends "Tucson" to the client "34f3264e", which VICTIG does not list as active for this token.',
  ],
  [
    () => warning('client_cities_unknown'),
    'No client has a known city: this token may not read client records, so clientCities must name the cities.',
  ],
  [
    () => warning('reference_missing', { from: 'the job has no title' }),
    'No reference is sent: the job has no title.',
  ],
  [
    () => warning('name_unreadable'),
    'A character of the name was lost before it came into Lever, and the name is sent with a mark in its place. Write the name anew in Lever.',
  ],
  [
    () => warning('name_order_uncertain', { by: 'script' }),
    'The name is written in a script in which the last name often comes first, and without a comma the first word is sent as the first name. Write it as "last name, first name" in Lever to be sure.',
  ],
  [
    () => warning('name_order_uncertain', { by: 'credential' }),
    'What stands in capitals behind the comma is taken for a credential and not sent. If it is the first name, write the name without a comma in Lever, first name first.',
  ],
  [
    () => warning('phone_left_out', { positions: [1, 2] }),
    'Not valid and left out: phone number no. 1, no. 2.',
  ],
  [() => warning('phone_extension_left_out'), 'The extension of the phone number is not sent.'],
  [
    () => warning('text_invitation_left_out'),
    'The candidate has no valid phone number, so the invitation goes by email alone.',
  ],
];

/** Made anew in each test: what is made while tests are only being listed tells the mutation tester nothing. */
const named = (golden: typeof GOLDEN): [string, () => ReturnType<typeof warning>, string][] =>
  golden.map(([made, text]) => [made().code, made, text]);

describe('warnings', () => {
  it.each(named(GOLDEN))('%s says what somebody may want to know (M12)', (_code, warned, text) => {
    expect(warned().message).toBe(text);
  });

  it('have a golden text each (M12)', () => {
    expect([...new Set(GOLDEN.map(([made]) => made().code))]).toEqual([...WARNING_CODES]);
  });

  it('are listed in the docs with exactly these texts (M12)', () => {
    const page = readFileSync(new URL('../../docs/how-an-order-is-decided.md', import.meta.url), 'utf8');
    const section = page.split('\n## Every warning\n')[1]?.split('\n## ')[0] ?? '';
    const listed = [...section.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, code, text]) => [code, text]);
    expect(listed).toEqual(GOLDEN.map(([made, text]) => [made().code, text]));
  });
});
