import type { CandidateDetails } from './candidate.js';
import { isSameGuid, type Client, type OtherClients } from './catalogue.js';
import { sourceOfLocation } from './describe-job.js';
import { matchClients, valueOfField, type ClientField } from './match-clients.js';
import type { MappedValue, MappingWarning, Refusal } from './mapping.js';
import { nearestName } from './near-miss.js';
import { quote, quoteAll, textOrNull, trimSpaces } from './plain-text.js';
import { countOf, named, refusal, type Hint, type Several, type SubClientQuestion } from './refusals.js';
import type { Settings } from './settings.js';
import { leavingAside, readTags, type TagReading } from './tag-value.js';
import { warning } from './warnings.js';

/** Which client is ordered under, or why that cannot be said; exactly one of `client` and `refusal` is null. */
export type ClientChoice = {
  values: MappedValue[];
  warnings: MappingWarning[];
} & ({ client: { guid: string; name: string }; refusal: null } | { client: null; refusal: Refusal });

const FIELDS = {
  clientCode: 'code',
  clientName: 'name',
  clientCity: 'city',
} as const satisfies Record<string, ClientField>;

/**
 * The client that is ordered under (M4, M5). It is chosen before the product, whose guid depends on it (M6).
 *
 * @param clients all that the provider lists for the installation, the main client among them
 * @param others whether what is said may name clients that are not ordered under
 */
export function chooseClient(
  candidate: Pick<CandidateDetails, 'tags' | 'location' | 'locationFrom'>,
  settings: Settings,
  clients: readonly Client[],
  mainClientGuid: string,
  others: OtherClients = 'named',
): ClientChoice {
  const { subClientBy } = settings;
  if (subClientBy === 'none') {
    const why = `subClientBy is "none"${leavingAside(candidate.tags, settings.subClientPrefix)}`;
    return orderUnderMain(clients, mainClientGuid, why, []);
  }
  const reading = readTags(candidate.tags, settings.subClientPrefix, 'subClientPrefix');
  if (reading.found.length > 1) return conflicting(reading);
  const question = askFor(FIELDS[subClientBy], reading, candidate.location);
  const { matches, saidBy, known, warnings } = matchClients(question, clients, settings.clientCities);
  const heard = [...reading.warnings, ...warnings];
  const [match] = matches;
  const source = question.askedBy === 'tag' ? 'tag' : sourceOfLocation(candidate);
  if (match && matches.length === 1) {
    const reason = whyThis(question, saidBy, candidate.location, settings.subClientPrefix);
    return chosen({ guid: match.guid, name: match.name }, source, reason, heard);
  }
  const mismatch: Mismatch = {
    question,
    matches: others === 'named' ? namesOf(matches) : matches.length,
    nearest: others === 'named' ? nearestOf(question, known) : 'unnamed',
  };
  return settings.subClientMismatch === 'main'
    ? orderUnderMainInstead(clients, mainClientGuid, mismatch, heard)
    : refuse(mismatch, source, heard);
}

/** A tag wins over the location. Of a location the city is what stands before the first comma. */
function askFor(field: ClientField, reading: TagReading, location: string | null): SubClientQuestion {
  const [tag] = reading.found;
  if (tag) return { field, value: tag.value, askedBy: 'tag' };
  const place = field === 'city' ? (location ?? '').split(',')[0] : location;
  return { field, value: textOrNull(place ?? null), askedBy: 'location' };
}

function whyThis(
  question: SubClientQuestion,
  saidBy: 'catalogue' | 'clientCities',
  location: string | null,
  prefix: string | null,
): string {
  const found = saidBy === 'catalogue' ? 'which this client has' : 'which clientCities gives to this client';
  const asked = `the ${question.field} ${quote(question.value ?? '')}, ${found}`;
  if (question.askedBy === 'location') {
    const noTag = prefix === null ? '' : `; no tag begins with the subClientPrefix ${quote(prefix)}`;
    return `The job's location gives ${asked}${noTag}.`;
  }
  const lost = location === null ? '' : `; the tag wins over the location ${quote(location)}`;
  return `A sub-client tag asks for ${asked}${lost}.`;
}

/** That not exactly one client matches, and what may be said of it. */
interface Mismatch {
  question: SubClientQuestion;
  matches: Several;
  nearest: Hint;
}

function orderUnderMainInstead(
  clients: readonly Client[],
  mainClientGuid: string,
  { question, matches, nearest }: Mismatch,
  warnings: MappingWarning[],
): ClientChoice {
  const mismatch =
    countOf(matches) > 1
      ? warning('sub_client_ambiguous', { ...question, clients: matches })
      : warning('sub_client_not_found', { ...question, nearest });
  return orderUnderMain(
    clients,
    mainClientGuid,
    `${whyNone(question, matches)}, and subClientMismatch is "main"`,
    [...warnings, mismatch],
  );
}

function orderUnderMain(
  clients: readonly Client[],
  mainClientGuid: string,
  why: string,
  warnings: MappingWarning[],
): ClientChoice {
  const main = clients.find(({ guid }) => isSameGuid(guid, mainClientGuid));
  return chosen(
    // As the provider writes it: it is what it is asked for by.
    { guid: main?.guid ?? mainClientGuid, name: main?.name ?? mainClientGuid },
    'installation.victig.clientGuid',
    `The main client is ordered under, for ${why}.`,
    main ? warnings : [...warnings, warning('main_client_unlisted', { guid: mainClientGuid })],
  );
}

function refuse(
  { question, matches, nearest }: Mismatch,
  source: string,
  warnings: MappingWarning[],
): ClientChoice {
  const why =
    countOf(matches) > 1
      ? refusal('sub_client_ambiguous', { ...question, clients: matches })
      : refusal('sub_client_not_found', { ...question, nearest });
  return refused(
    why,
    source,
    `No client is chosen: ${whyNone(question, matches)}, and subClientMismatch is "error".`,
    warnings,
  );
}

function whyNone({ field, value, askedBy }: SubClientQuestion, matches: Several): string {
  if (value === null) return 'the job has no location';
  const asked = `the ${askedBy} gives the ${field} ${quote(value)}`;
  return countOf(matches) > 1
    ? `${asked}, which ${countOf(matches)} clients have${named(matches, ' (', ')')}`
    : `${asked}, which no client has`;
}

const nearestOf = ({ field, value }: SubClientQuestion, known: readonly Client[]): Hint =>
  value === null
    ? null
    : nearestName(
        value,
        known.flatMap((client) => valueOfField(client, field) ?? []),
      );

const namesOf = (clients: readonly Client[]): string[] =>
  clients.map(({ name }) => trimSpaces(name)).toSorted();

function conflicting(reading: TagReading): ClientChoice {
  const tags = reading.found.map(({ tag }) => tag);
  return refused(
    refusal('conflicting_sub_client_tags', { tags }),
    'tag',
    `No client is chosen: the tags ${quoteAll(tags)} name different ones, and none is more right than the other.`,
    reading.warnings,
  );
}

const chosen = (
  { guid, name }: { guid: string; name: string },
  source: string,
  reason: string,
  warnings: MappingWarning[],
): ClientChoice => ({
  client: { guid, name },
  refusal: null,
  values: [{ field: 'client', value: name, source, reason }],
  warnings,
});

const refused = (why: Refusal, source: string, reason: string, warnings: MappingWarning[]): ClientChoice => ({
  client: null,
  refusal: why,
  values: [{ field: 'client', value: null, source, reason }],
  warnings,
});
