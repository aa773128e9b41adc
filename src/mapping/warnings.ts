import type { MappingWarning } from './mapping.js';
import { quote } from './plain-text.js';
import { countOf, named, type Hint, type Nearest, type Several, type SubClientQuestion } from './refusals.js';

/** Everything that does not stop an order and that somebody may still want to know. */
export const WARNING_CODES = [
  'tag_almost_matches',
  'product_tag_unknown',
  'sub_client_not_found',
  'sub_client_ambiguous',
  'main_client_unlisted',
  'mapped_city_unlisted',
  'client_cities_unknown',
  'reference_missing',
  'name_unreadable',
  'name_order_uncertain',
  'phone_left_out',
  'phone_extension_left_out',
  'text_invitation_left_out',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

interface WarningFacts {
  tag_almost_matches: { tag: string; prefix: string; setting: string; differsIn: string };
  product_tag_unknown: { asked: string; client: string; nearest: Nearest | null; ordered: string };
  sub_client_not_found: SubClientQuestion & { nearest: Hint };
  sub_client_ambiguous: SubClientQuestion & { clients: Several };
  main_client_unlisted: { guid: string };
  mapped_city_unlisted: { city: string; guid: string };
  client_cities_unknown: null;
  reference_missing: { from: string };
  name_unreadable: null;
  name_order_uncertain: { by: 'script' | 'credential' };
  phone_left_out: { positions: readonly number[] };
  phone_extension_left_out: null;
  text_invitation_left_out: null;
}

const nearestPhrase = (nearest: Hint): string => {
  if (!nearest || nearest === 'unnamed') return '';
  const only = nearest.differsOnlyIn === null ? '' : `, which differs only in ${nearest.differsOnlyIn}`;
  return ` (nearest: ${quote(nearest.name)}${only})`;
};

const numbers = (positions: readonly number[]): string => positions.map((n) => `no. ${n}`).join(', ');

/** One sentence for a support engineer each; none holds personal data of the candidate. */
const TEXTS: { [C in WarningCode]: (facts: WarningFacts[C]) => string } = {
  tag_almost_matches: ({ tag, prefix, setting, differsIn }) =>
    `The tag ${quote(tag)} is not used: it differs from ${setting} ${quote(prefix)} only in ${differsIn}.`,
  product_tag_unknown: ({ asked, client, nearest, ordered }) =>
    `The tag asks for the product ${quote(asked)}, which client ${quote(client)} does not have${nearestPhrase(nearest)}; ` +
    `the default ${quote(ordered)} is taken instead.`,
  sub_client_not_found: ({ field, value, askedBy, nearest }) =>
    value === null
      ? 'The job has no location, so the main client is ordered under.'
      : `No client has the ${field} ${quote(value)} of the ${askedBy}${nearestPhrase(nearest)}, so the main client is ordered under.`,
  sub_client_ambiguous: ({ field, value, askedBy, clients }) =>
    `${countOf(clients)} clients have the ${field} ${quote(value ?? '')} of the ${askedBy}${named(clients, ': ')}; ` +
    'so the main client is ordered under.',
  main_client_unlisted: ({ guid }) =>
    `VICTIG does not list the main client ${quote(guid)} for this token, so its name is not known.`,
  mapped_city_unlisted: ({ city, guid }) =>
    `clientCities sends ${quote(city)} to the client ${quote(guid)}, which VICTIG does not list as active for this token.`,
  client_cities_unknown: () =>
    'No client has a known city: this token may not read client records, so clientCities must name the cities.',
  reference_missing: ({ from }) => `No reference is sent: ${from}.`,
  name_unreadable: () =>
    'A character of the name was lost before it came into Lever, and the name is sent with a mark in its place. ' +
    'Write the name anew in Lever.',
  name_order_uncertain: ({ by }) =>
    by === 'script'
      ? 'The name is written in a script in which the last name often comes first, and without a comma the first word is ' +
        'sent as the first name. Write it as "last name, first name" in Lever to be sure.'
      : 'What stands in capitals behind the comma is taken for a credential and not sent. If it is the first name, ' +
        'write the name without a comma in Lever, first name first.',
  phone_left_out: ({ positions }) => `Not valid and left out: phone number ${numbers(positions)}.`,
  phone_extension_left_out: () => 'The extension of the phone number is not sent.',
  text_invitation_left_out: () =>
    'The candidate has no valid phone number, so the invitation goes by email alone.',
};

type FactsOf<C extends WarningCode> = WarningFacts[C] extends null ? [] : [facts: WarningFacts[C]];

export function warning<C extends WarningCode>(code: C, ...facts: FactsOf<C>): MappingWarning {
  const text: (facts: WarningFacts[C]) => string = TEXTS[code];
  return { code, message: text((facts[0] ?? null) as WarningFacts[C]) };
}
