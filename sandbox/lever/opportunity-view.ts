import type { JsonObject } from '../json.ts';
import { listAt } from '../json.ts';
import { LeverError } from './lever-errors.ts';
import type { Application, LeverState, Opportunity, Posting } from './lever-state.ts';
import { stagesOf } from './stages-of.ts';

const EXPANDABLE = new Set(['applications', 'stage', 'owner', 'followers', 'sourcedBy', 'contact']);

/** An opportunity as Lever answers it. */
function opportunityView(opportunity: Opportunity): JsonObject {
  const { id, name, contact, headline, stage, confidentiality, location } = opportunity;
  const { phones, emails, links, archived, tags, sources, stageChanges } = opportunity;
  const { origin, sourcedBy, owner, followers, application, opportunityLocation } = opportunity;
  return {
    id,
    name,
    contact,
    headline,
    stage,
    confidentiality,
    location,
    phones,
    emails,
    links,
    archived,
    tags,
    sources,
    stageChanges,
    origin,
    sourcedBy,
    owner,
    followers,
    applications: application ? [application.id] : [],
    createdAt: opportunity.createdAt,
    updatedAt: opportunity.updatedAt,
    lastInteractionAt: opportunity.lastInteractionAt,
    lastAdvancedAt: opportunity.lastAdvancedAt,
    snoozedUntil: null,
    urls: {
      list: 'https://hire.lever.co/candidates',
      show: `https://hire.lever.co/candidates/${id}`,
    },
    isAnonymized: opportunity.isAnonymized,
    dataProtection: null,
    ...(opportunityLocation === null ? {} : { opportunityLocation }),
  };
}

/** What a mutation answers: stage, tags and the like as they are now, contact fields blank (recorded). */
export function mutationView(opportunity: Opportunity, partial: boolean): JsonObject {
  const { opportunityLocation: _absent, ...view } = opportunityView(opportunity);
  if (!partial) return view;
  return { ...view, name: '', headline: '', location: '', phones: [], emails: [], links: [] };
}

/** `addLinks` and `removeLinks` answer the contact fields too, still without `opportunityLocation`. */
export function linkMutationView(opportunity: Opportunity): JsonObject {
  return mutationView(opportunity, false);
}

/** What is to be expanded: repeated, comma-joined or `expand[]`. */
export const expandsOf = (query: JsonObject): string[] =>
  [...listAt(query, 'expand'), ...listAt(query, 'expand[]')].flatMap((text) => text.split(','));

/** Applies `expand` and the subtractive `include`. */
export function selectedView(opportunity: Opportunity, state: LeverState, query: JsonObject): JsonObject {
  const expands = expandsOf(query);
  const includes = listAt(query, 'include').flatMap((text) => text.split(','));
  const strange = expands.find((name) => !EXPANDABLE.has(name));
  if (strange !== undefined) throw new LeverError(400, `${strange} is not expandable`);

  const view = opportunityView(opportunity);
  const kept = Object.entries(view).filter(([key]) => includes.length === 0 || includes.includes(key));
  const added = expands.map((name) => [name, expanded(name, opportunity, state)] as const);
  return Object.fromEntries<unknown>([...kept, ...added]);
}

function expanded(name: string, opportunity: Opportunity, state: LeverState): unknown {
  const user = (id: string | null): unknown => (id === null ? null : (state.users.get(id) ?? null));
  switch (name) {
    case 'applications':
      return opportunity.application ? [applicationView(opportunity, opportunity.application, state)] : [];
    case 'stage':
      return stagesOf(state, opportunity.account).find((stage) => stage.id === opportunity.stage) ?? null;
    case 'owner':
      return user(opportunity.owner);
    case 'sourcedBy':
      return user(opportunity.sourcedBy);
    case 'followers':
      return opportunity.followers.map(user);
    default:
      return contactView(opportunity);
  }
}

/** On a contact the location is an object, unlike on an opportunity. */
function contactView(opportunity: Opportunity): JsonObject {
  return {
    id: opportunity.contact,
    name: opportunity.name,
    headline: opportunity.headline,
    isAnonymized: opportunity.isAnonymized,
    location: { name: opportunity.location },
    emails: opportunity.emails,
    phones: opportunity.phones,
  };
}

/** Name, email and phone are null for an application that a user made. */
export function applicationView(
  opportunity: Opportunity,
  application: Application,
  state: LeverState,
): JsonObject {
  const byUser = application.type === 'user';
  const posting = state.postings.get(application.posting);
  return {
    id: application.id,
    type: application.type,
    candidateId: opportunity.id,
    opportunityId: opportunity.id,
    posting: application.posting,
    postingHiringManager: posting?.hiringManager ?? null,
    postingOwner: posting?.owner ?? null,
    name: byUser ? null : opportunity.name,
    company: null,
    phone: byUser ? null : (opportunity.phones[0] ?? null),
    email: byUser ? null : (opportunity.emails[0] ?? null),
    links: [],
    comments: null,
    user: application.user,
    customQuestions: [],
    createdAt: application.createdAt,
    archived: opportunity.archived,
    requisitionForHire: null,
    ipAddress: null,
    referer: null,
    userAgent: null,
    acceptLanguage: null,
    timezone: null,
  };
}

/** `urls` is null for drafts and closed postings (recorded). */
export function postingView(posting: Posting): JsonObject {
  const { id, text, state, owner, hiringManager, categories, tags } = posting;
  const page = `https://jobs.lever.co/sandbox/${id}`;
  const listed = state !== 'draft' && state !== 'closed';
  return {
    id,
    text,
    state,
    // Null for all but published ones, as recorded.
    distributionChannels: state === 'published' ? ['internal', 'public'] : null,
    user: owner,
    owner,
    hiringManager,
    categories,
    tags,
    content: {
      description: posting.description === '' ? '' : `${posting.description}\n`,
      descriptionHtml: posting.description === '' ? '' : `<div>${posting.description}</div>`,
      lists: [],
      closing: '',
      closingHtml: '',
    },
    country: 'US',
    followers: [owner],
    reqCode: null,
    requisitionCodes: [],
    urls: listed ? { list: 'https://jobs.lever.co/sandbox', show: page, apply: `${page}/apply` } : null,
    confidentiality: 'non-confidential',
    createdAt: posting.createdAt,
    updatedAt: posting.updatedAt,
    workplaceType: 'unspecified',
    transcribeInterviews: false,
    screening: { enabled: false },
  };
}
