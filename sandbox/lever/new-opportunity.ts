import { randomUUID } from 'node:crypto';
import { SEED } from '../seed.ts';
import { inheritedTags, withTags } from './inherited-tags.ts';
import type { Application, Opportunity, Posting, Stage } from './lever-state.ts';

/** An opportunity with sensible values for all that is not given, its inherited tags after its own. */
export function newOpportunity(
  given: Partial<Opportunity>,
  posting: Posting | undefined,
  stages: readonly Stage[],
  nowMs: number,
): Opportunity {
  const owner = SEED.lever.users.recruiter;
  const stage = given.stage ?? SEED.lever.stages.newApplicant;
  return {
    id: randomUUID(),
    account: SEED.lever.account,
    contact: randomUUID(),
    name: '',
    headline: '',
    location: '',
    phones: [],
    emails: [],
    links: [],
    sources: [],
    stage,
    // Without a user: the key is often missing on the wire.
    stageChanges: [
      { toStageId: stage, toStageIndex: stages.findIndex(({ id }) => id === stage), updatedAt: nowMs },
    ],
    origin: 'sourced',
    sourcedBy: null,
    owner,
    followers: [owner],
    application: posting ? userApplication(posting, nowMs) : null,
    opportunityLocation: posting?.categories.location ?? null,
    confidentiality: 'non-confidential',
    archived: null,
    createdAt: nowMs,
    updatedAt: null,
    lastInteractionAt: nowMs,
    lastAdvancedAt: nowMs,
    isAnonymized: false,
    notes: [],
    files: [],
    ...given,
    tags: withTags(given.tags ?? [], inheritedTags(posting)),
  };
}

/** As a recruiter makes one, who considers somebody for a job. */
export function userApplication(posting: Posting, nowMs: number): Application {
  const user = SEED.lever.users.recruiter;
  return { id: randomUUID(), type: 'user', posting: posting.id, user, createdAt: nowMs };
}
