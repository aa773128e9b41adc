import { quote, trimSpaces } from './plain-text.js';
import type { SettingsFault } from './settings-faults.js';

/** Settings of which single ones may be missing or wrong: what cannot be read contradicts nothing. */
type ReadableSettings = Readonly<Record<string, unknown>>;

/** What single settings cannot tell: which of them contradict one another. */
export const settingsContradictions = (settings: ReadableSettings): SettingsFault[] => [
  ...collidingPrefixes(settings),
  ...missingReferencePrefix(settings),
  ...noInvitation(settings),
  ...unusableCities(settings),
];

const groupOf = (value: unknown): ReadableSettings =>
  typeof value === 'object' && value !== null ? { ...value } : {};

interface Prefix {
  path: string;
  prefix: string;
}

function prefixesOf(settings: ReadableSettings): Prefix[] {
  const set: [path: string, prefix: unknown][] = [
    ['statusPrefix', settings['statusPrefix']],
    ['productPrefix', settings['productPrefix']],
    ['subClientPrefix', settings['subClientPrefix']],
    ['referencePrefix', settings['referencePrefix']],
    ['flag.prefix', groupOf(settings['flag'])['prefix']],
    ['decision.prefix', groupOf(settings['decision'])['prefix']],
  ];
  return set.flatMap(([path, prefix]) =>
    typeof prefix === 'string' && prefix !== '' ? [{ path, prefix }] : [],
  );
}

/**
 * A tag could mean two things if one prefix began with another (M11). Every prefix that is set counts, also one that
 * is not in use: the day it is switched on, or for tags set while it was, it would be ambiguous.
 */
function collidingPrefixes(settings: ReadableSettings): SettingsFault[] {
  const prefixes = prefixesOf(settings);
  return prefixes.flatMap((later, index) =>
    prefixes.slice(0, index).flatMap((earlier) => {
      const collision = collisionOf(earlier, later);
      const message = `${collision}, so a tag could mean either. Change one of them.`;
      return collision === null ? [] : [{ path: later.path, message }];
    }),
  );
}

function collisionOf(earlier: Prefix, later: Prefix): string | null {
  if (later.prefix === earlier.prefix) {
    return `${later.path} and ${earlier.path} are both ${quote(later.prefix)}`;
  }
  const [longer, shorter] = later.prefix.startsWith(earlier.prefix) ? [later, earlier] : [earlier, later];
  if (!longer.prefix.startsWith(shorter.prefix)) return null;
  return `${longer.path} ${quote(longer.prefix)} begins with ${shorter.path} ${quote(shorter.prefix)}`;
}

function missingReferencePrefix({ referenceBy, referencePrefix }: ReadableSettings): SettingsFault[] {
  if (referenceBy !== 'tags' || referencePrefix !== null) return [];
  const message = 'referencePrefix is required when referenceBy is "tags": give a text such as "Reference:".';
  return [{ path: 'referencePrefix', message }];
}

function noInvitation({ quickApp }: ReadableSettings): SettingsFault[] {
  const { email, text } = groupOf(quickApp);
  if (email !== false || text !== false) return [];
  const message =
    'quickApp invites the candidate neither by email nor by text message. Choose email, text or both.';
  return [{ path: 'quickApp', message }];
}

/** The city is the part of the location before the first comma, so a name with a comma never matches (M4). */
function unusableCities({ clientCities }: ReadableSettings): SettingsFault[] {
  const cities = Object.keys(groupOf(clientCities));
  const path = 'clientCities';
  const withComma = cities
    .filter((city) => city.includes(','))
    .map((city) => {
      const [part = ''] = city.split(',');
      const message = `clientCities names ${quote(city)}, but a city is the part before the first comma: write ${quote(part)}.`;
      return { path, message };
    });
  const seen = new Set<string>();
  const twice = cities
    .filter((city) => seen.has(trimSpaces(city)) || !seen.add(trimSpaces(city)))
    .map((city) => ({
      path,
      message: `clientCities names the city ${quote(city)} twice. Remove one of them.`,
    }));
  return [...withComma, ...twice];
}
