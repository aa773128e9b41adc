import type { CandidateDetails } from './candidate.js';
import type { Mapping } from './mapping.js';
import type { RefusalCode } from './refusals.js';
import type { Settings } from './settings.js';
import { readTags } from './tag-value.js';
import type { WarningCode } from './warnings.js';

/** What a mapping looks in and others change meanwhile: the provider's lists, and the posting of the job. */
export type LookedIn = 'clients' | 'products' | 'posting';

type Candidate = Pick<CandidateDetails, 'tags' | 'location' | 'locationFrom'>;
type Look = (candidate: Candidate, settings: Settings) => readonly LookedIn[];

const inClients: Look = () => ['clients'];
const inProducts: Look = () => ['products'];

/** Whether a tag names the sub-client, in place of a location. */
const isTagged = ({ tags }: Candidate, { subClientPrefix }: Settings): boolean =>
  readTags(tags, subClientPrefix, 'subClientPrefix').found.length > 0;

const forSubClient: Look = (candidate, settings) => {
  const { location, locationFrom } = candidate;
  if (isTagged(candidate, settings) || locationFrom === 'opportunity') return ['clients'];
  return location === null ? ['posting'] : ['clients', 'posting'];
};

const forReference: Look = (_candidate, { referenceBy }) => (referenceBy === 'tags' ? [] : ['posting']);

/** For all other codes the opportunity and the settings are enough. */
const LOOKS: { [code in WarningCode | RefusalCode]?: Look } = {
  sub_client_not_found: forSubClient,
  sub_client_ambiguous: forSubClient,
  mapped_city_unlisted: inClients,
  main_client_unlisted: inClients,
  product_tag_unknown: inProducts,
  unknown_product: inProducts,
  default_product_missing: inProducts,
  ambiguous_product: inProducts,
  reference_missing: forReference,
};

const looks = new Map<string, Look>(Object.entries(LOOKS));

/**
 * Whether the client is chosen by a location of the posting's. That the location fits a client does not show that it is the
 * one which the posting has now.
 */
export const isPlacedByPosting = (candidate: Candidate, settings: Settings): boolean =>
  settings.subClientBy !== 'none' && candidate.locationFrom === 'posting' && !isTagged(candidate, settings);

/** Where just the one that was asked for was not found; empty when the order is exactly what was asked for. */
export function notFoundIn(
  { warnings, refusals }: Pick<Mapping, 'warnings' | 'refusals'>,
  candidate: Candidate,
  settings: Settings,
): LookedIn[] {
  const places = [...warnings, ...refusals].flatMap(
    ({ code }) => looks.get(code)?.(candidate, settings) ?? [],
  );
  return [...new Set(places)];
}
