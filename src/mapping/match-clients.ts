import { isSameGuid, type Client } from './catalogue.js';
import type { MappingWarning } from './mapping.js';
import { trimSpaces } from './plain-text.js';
import type { SubClientQuestion } from './refusals.js';
import type { Settings } from './settings.js';
import { warning } from './warnings.js';

export type ClientField = SubClientQuestion['field'];

interface ClientMatches {
  matches: Client[];
  /** What says that they have what is asked for: the provider's catalogue, or the settings' map of cities. */
  saidBy: 'catalogue' | 'clientCities';
  /** The clients that were looked through, with the cities that the settings give them. */
  known: Client[];
  warnings: MappingWarning[];
}

/** The clients whose field equals what is asked for, exactly but for spaces around it (M4); only active ones. */
export function matchClients(
  question: SubClientQuestion,
  clients: readonly Client[],
  clientCities: Settings['clientCities'],
): ClientMatches {
  const active = clients.filter(({ isActive }) => isActive !== false);
  const distinct = [...new Map(active.map((client) => [client.guid, client])).values()];
  if (question.field === 'city') return matchCity(question.value, distinct, clientCities);
  return { matches: withField(question, distinct), saidBy: 'catalogue', known: distinct, warnings: [] };
}

/** A city that VICTIG tells comes first; the settings' map is there for tokens that may not read cities. */
function matchCity(
  city: string | null,
  clients: readonly Client[],
  clientCities: Settings['clientCities'],
): ClientMatches {
  const mapped = new Map(
    Object.entries(clientCities).map(([name, guid]) => [trimSpaces(name), trimSpaces(guid)]),
  );
  const known = [...clients];
  for (const [name, guid] of mapped) {
    const client = clients.find((client) => isSameGuid(client.guid, guid));
    if (client) known.push({ ...client, city: name });
  }
  const matches = withField({ field: 'city', value: city }, clients);
  if (matches.length > 0) return { matches, saidBy: 'catalogue', known, warnings: [] };
  const guid = city === null ? undefined : mapped.get(city);
  if (city !== null && guid !== undefined) {
    const match = clients.find((client) => isSameGuid(client.guid, guid));
    return match
      ? { matches: [match], saidBy: 'clientCities', known, warnings: [] }
      : {
          matches: [],
          saidBy: 'clientCities',
          known,
          warnings: [warning('mapped_city_unlisted', { city, guid })],
        };
  }
  const noCities = known.every((client) => valueOfField(client, 'city') === null);
  const warnings = noCities ? [warning('client_cities_unknown')] : [];
  return { matches: [], saidBy: 'catalogue', known, warnings };
}

/** A client's code, name or city without spaces around it; null when it has none. */
export const valueOfField = (client: Client, field: ClientField): string | null =>
  trimSpaces(client[field] ?? '') || null;

/** What is empty matches nothing, also not a client whose field is empty. */
const withField = (
  { field, value }: Pick<SubClientQuestion, 'field' | 'value'>,
  clients: readonly Client[],
): Client[] => (value === null ? [] : clients.filter((client) => valueOfField(client, field) === value));
