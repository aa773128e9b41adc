import { SEED } from '../seed.ts';
import { bucketShelf } from '../token-bucket.ts';
import { DEFAULT_LEVER_BEHAVIOUR } from './lever-state.ts';
import type { ArchiveReason, LeverState, Opportunity, Posting, Stage, User } from './lever-state.ts';
import { newOpportunity } from './new-opportunity.ts';

const DAY_MS = 86_400_000;

export function seedLever(nowMs: number): LeverState {
  const { lever } = SEED;
  const createdAt = nowMs - 30 * DAY_MS;
  const postings = new Map(seedPostings(createdAt).map((posting) => [posting.id, posting]));
  const opportunities = seedOpportunities(postings, nowMs);
  return {
    stages: seedStages(),
    stagesOf: new Map(),
    archiveReasons: seedArchiveReasons(),
    users: new Map(seedUsers(createdAt).map((user) => [user.id, user])),
    postings,
    opportunities: new Map(opportunities.map((opportunity) => [opportunity.id, opportunity])),
    webhooks: new Map(),
    apiKeys: new Map([
      [lever.apiKey, { key: lever.apiKey, account: lever.account, scopes: null, confidential: true }],
    ]),
    oauth: {
      clients: new Map([
        [
          lever.oauthClientId,
          { clientId: lever.oauthClientId, clientSecret: lever.oauthClientSecret, redirectUris: null },
        ],
      ]),
      codes: new Map(),
      grants: new Map(),
      accessTokens: new Map(),
    },
    behaviour: { ...DEFAULT_LEVER_BEHAVIOUR },
    buckets: bucketShelf(10, 20),
  };
}

function seedStages(): Stage[] {
  const { stages } = SEED.lever;
  return [
    { id: stages.newLead, text: 'New lead' },
    { id: stages.reachedOut, text: 'Reached out' },
    { id: stages.responded, text: 'Responded' },
    { id: stages.newApplicant, text: 'New applicant' },
    { id: stages.recruiterScreen, text: 'Recruiter screen' },
    { id: stages.onsiteInterview, text: 'On-site interview' },
    { id: stages.offer, text: 'Offer' },
    { id: stages.backgroundCheck, text: 'Background Check' },
  ];
}

function seedArchiveReasons(): ArchiveReason[] {
  const { archiveReasons } = SEED.lever;
  return [
    { id: archiveReasons.positionFilled, text: 'Position filled', status: 'active', type: 'non-hired' },
    { id: archiveReasons.withdrew, text: 'Withdrew', status: 'active', type: 'non-hired' },
    { id: archiveReasons.noResponseOld, text: 'No Response - OLD', status: 'inactive', type: 'non-hired' },
    { id: archiveReasons.hired, text: 'Hired', status: 'active', type: 'hired' },
  ];
}

function seedUsers(createdAt: number): User[] {
  const { users } = SEED.lever;
  const user = (id: string, name: string, username: string, accessRole: string): User => ({
    id,
    name,
    username,
    email: `${username}@acme.example`,
    accessRole,
    photo: null,
    createdAt,
    deactivatedAt: null,
    externalDirectoryId: null,
    linkedContactIds: [],
    jobTitle: null,
    managerId: null,
  });
  return [
    user(users.superAdmin, 'Sol Super', 'sol', 'super admin'),
    user(users.recruiter, 'Rita Recruiter', 'rita', 'team member'),
  ];
}

function seedPostings(createdAt: number): Posting[] {
  const { postings, users } = SEED.lever;
  const shared = {
    owner: users.recruiter,
    hiringManager: null,
    tags: [],
    createdAt,
    updatedAt: createdAt,
  };
  return [
    {
      ...shared,
      id: postings.supportLead,
      text: 'Support Lead',
      state: 'published',
      description: 'Leads the support team.',
      categories: {
        commitment: 'Full-time',
        department: 'Customer Success',
        level: null,
        location: 'San Francisco, CA',
        team: 'Support',
        allLocations: ['San Francisco, CA', 'Oakland, CA'],
      },
    },
    {
      ...shared,
      id: postings.driver,
      text: 'Delivery Driver',
      state: 'internal',
      description: 'Drives.',
      categories: {
        commitment: 'Full-time',
        department: 'Operations',
        level: null,
        location: 'Oakland, CA',
        team: 'Logistics',
        allLocations: ['Oakland, CA'],
      },
    },
  ];
}

function seedOpportunities(postings: ReadonlyMap<string, Posting>, nowMs: number): Opportunity[] {
  const { opportunities, postings: ids, stages } = SEED.lever;
  const row = (
    id: string,
    ageDays: number,
    candidate: {
      name: string;
      email?: string;
      phone?: string;
      tags?: string[];
      postingId?: string;
      stage: string;
    },
  ): Opportunity =>
    newOpportunity(
      {
        id,
        name: candidate.name,
        emails: candidate.email === undefined ? [] : [candidate.email],
        phones: candidate.phone === undefined ? [] : [{ type: 'mobile', value: candidate.phone }],
        tags: candidate.tags ?? [],
        stage: candidate.stage,
      },
      candidate.postingId === undefined ? undefined : postings.get(candidate.postingId),
      seedStages(),
      nowMs - ageDays * DAY_MS,
    );
  return [
    row(opportunities.anaRuiz, 9, {
      name: 'Ana Ruiz',
      email: 'ana.ruiz@example.com',
      phone: '(415) 555-2671',
      postingId: ids.supportLead,
      stage: stages.offer,
    }),
    row(opportunities.janVanDerBerg, 8, {
      name: 'Jan van der Berg',
      email: 'jan@example.com',
      postingId: ids.driver,
      stage: stages.onsiteInterview,
    }),
    row(opportunities.samTaggedOverride, 7, {
      name: 'Sam Lee',
      email: 'sam.lee@example.com',
      phone: '510-555-0182',
      tags: ['Product: Criminal Package 2'],
      postingId: ids.driver,
      stage: stages.recruiterScreen,
    }),
    row(opportunities.leadWithoutEmail, 6, { name: 'Lee Nomail', stage: stages.reachedOut }),
  ];
}
