import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { flagAt, isObject, nullableTextAt, numberAt, objectOf, textAt, textsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { inheritAgain } from '../lever/inherited-tags.ts';
import { inventPeople } from '../lever/invent-people.ts';
import type { Note, Opportunity, Phone, Posting } from '../lever/lever-state.ts';
import type { IdParams } from '../lever/lookups.ts';
import { newOpportunity, userApplication } from '../lever/new-opportunity.ts';
import { archive, changeTags, moveToStage } from '../lever/opportunity-changes.ts';
import { stagesOf } from '../lever/stages-of.ts';
import { fireEvent } from '../lever/webhook-events.ts';
import { SEED } from '../seed.ts';
import type { World } from '../world.ts';
import { DriveError, missing } from './drive-errors.ts';
import { demandText } from './drive-input.ts';

/** More at once would only make the board unreadable. */
const MOST_AT_ONCE = 500;

/** The recruiter: makes opportunities, changes them, moves and archives them. */
export function driveOpportunities(scope: FastifyInstance, world: World): void {
  scope.post('/lever/opportunities', (request, reply) => {
    const body = objectOf(request.body);
    const posting = postingAt(world, body);
    const fields = fieldsFrom(world, body);
    const stages = stagesOf(world.lever, fields.account ?? SEED.lever.account);
    const opportunity = newOpportunity(fields, posting, stages, world.now());
    const [entry] = opportunity.stageChanges;
    const userId = textAt(body, 'userId');
    if (entry && userId !== undefined) entry.userId = userId;
    world.lever.opportunities.set(opportunity.id, opportunity);
    if (opportunity.application) {
      fireEvent(world, 'applicationCreated', opportunity, { applicationId: opportunity.application.id });
    }
    return reply.code(201).send(opportunity);
  });

  scope.post('/lever/opportunities/many', (request, reply) => {
    const body = objectOf(request.body);
    const count = numberAt(body, 'count') ?? 100;
    if (!Number.isInteger(count) || count < 1 || count > MOST_AT_ONCE) {
      throw new DriveError(`"count" must be a whole number from 1 to ${MOST_AT_ONCE}.`);
    }
    const { opportunities, postings, stages } = world.lever;
    const stageId = fieldsFrom(world, body).stage ?? SEED.lever.stages.newApplicant;
    const first = opportunities.size + 1;
    const made = inventPeople(count, first, [...postings.values()], stages, stageId, world.now());
    for (const opportunity of made) opportunities.set(opportunity.id, opportunity);
    return reply.code(201).send({ ids: made.map(({ id }) => id) });
  });

  scope.get('/lever/opportunities', () => [...world.lever.opportunities.values()]);

  scope.get<{ Params: IdParams }>('/lever/opportunities/:id', (request) => find(world, request.params.id));

  scope.patch<{ Params: IdParams }>('/lever/opportunities/:id', (request) => {
    const opportunity = find(world, request.params.id);
    const body = objectOf(request.body);
    const { stage: _byMoveOnly, id: _fixed, ...fields } = fieldsFrom(world, body);
    const posting = postingAt(world, body);
    if (posting) apply(world, opportunity, posting);
    return Object.assign(opportunity, fields, { updatedAt: world.now() });
  });

  scope.delete<{ Params: IdParams }>('/lever/opportunities/:id', (request, reply) => {
    const opportunity = find(world, request.params.id);
    world.lever.opportunities.delete(opportunity.id);
    fireEvent(world, 'candidateDeleted', opportunity, {});
    return reply.code(204).send();
  });

  scope.post<{ Params: IdParams }>('/lever/opportunities/:id/move', (request) => {
    const body = objectOf(request.body);
    const opportunity = find(world, request.params.id);
    const sent = moveToStage(world, opportunity, demandText(body, 'stageId'), textAt(body, 'userId'));
    return { stage: opportunity.stage, sent };
  });

  scope.post<{ Params: IdParams }>('/lever/opportunities/:id/archive', (request) => {
    const reason = nullableTextAt(objectOf(request.body), 'reason');
    if (reason === undefined) throw new DriveError('"reason" must be an archive reason id, or null.');
    const opportunity = find(world, request.params.id);
    const sent = archive(world, opportunity, reason);
    return { archived: opportunity.archived, sent };
  });

  // A person tags in Lever's pages.
  for (const change of ['addTags', 'removeTags'] as const) {
    scope.post<{ Params: IdParams }>(`/lever/opportunities/:id/${change}`, (request) => {
      const opportunity = find(world, request.params.id);
      changeTags(world, opportunity, change, textsAt(objectOf(request.body), 'tags') ?? []);
      return { tags: opportunity.tags };
    });
  }

  // A note that a person wrote: the API can neither change nor delete it.
  scope.post<{ Params: IdParams }>('/lever/opportunities/:id/notes', (request, reply) => {
    const body = objectOf(request.body);
    const opportunity = find(world, request.params.id);
    const createdAt = numberAt(body, 'createdAt') ?? world.now();
    const note: Note = {
      id: randomUUID(),
      fields: [{ value: demandText(body, 'value'), score: null, createdAt }],
      stage: opportunity.stage,
      user: opportunity.owner,
      secret: flagAt(body, 'secret') ?? false,
      createdAt,
      byApi: false,
    };
    opportunity.notes.push(note);
    return reply.code(201).send(note);
  });
}

function find(world: World, id: string): Opportunity {
  const opportunity = world.lever.opportunities.get(id);
  if (!opportunity) throw missing('opportunity');
  return opportunity;
}

function postingAt(world: World, body: JsonObject): Posting | undefined {
  const postingId = textAt(body, 'postingId');
  const posting = postingId === undefined ? undefined : world.lever.postings.get(postingId);
  if (postingId !== undefined && !posting) throw missing('posting');
  return posting;
}

/** The candidate is considered for another job: the tags that the old one gave go with it. */
function apply(world: World, opportunity: Opportunity, posting: Posting): void {
  const before = world.lever.postings.get(opportunity.application?.posting ?? '');
  opportunity.application = userApplication(posting, world.now());
  inheritAgain(opportunity, before, posting);
}

/** What is given and known; the rest keeps its value or gets its default. */
function fieldsFrom(world: World, body: JsonObject): Partial<Opportunity> {
  const stage = textAt(body, 'stageId');
  // A candidate may be put where the account has no such stage any more, or never had: only a move asks for one of its own.
  const known = [
    ...world.lever.stages,
    ...stagesOf(world.lever, textAt(body, 'account') ?? SEED.lever.account),
  ];
  if (stage !== undefined && !known.some(({ id }) => id === stage)) throw missing('stage');
  const fields = {
    id: textAt(body, 'id'),
    account: textAt(body, 'account'),
    contact: textAt(body, 'contactId'),
    name: textAt(body, 'name'),
    headline: textAt(body, 'headline'),
    location: textAt(body, 'location'),
    emails: textsAt(body, 'emails'),
    phones: phonesAt(body),
    tags: textsAt(body, 'tags'),
    sources: textsAt(body, 'sources'),
    origin: textAt(body, 'origin'),
    sourcedBy: nullableTextAt(body, 'sourcedBy'),
    owner: nullableTextAt(body, 'owner'),
    opportunityLocation: nullableTextAt(body, 'opportunityLocation'),
    isAnonymized: flagAt(body, 'isAnonymized'),
    confidentiality: confidentialityAt(body),
    stage,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function confidentialityAt(body: JsonObject): Opportunity['confidentiality'] | undefined {
  const confidential = flagAt(body, 'confidential');
  if (confidential === undefined) return undefined;
  return confidential ? 'confidential' : 'non-confidential';
}

/** Texts, or objects with `type` and `value` as on the wire. */
function phonesAt(body: JsonObject): Phone[] | undefined {
  const phones = body['phones'];
  if (!Array.isArray(phones)) return undefined;
  return phones.map((phone: unknown) => {
    const value = isObject(phone) ? textAt(phone, 'value') : phone;
    if (typeof value !== 'string')
      throw new DriveError('"phones" must hold texts, or objects with a "value".');
    return { type: (isObject(phone) ? textAt(phone, 'type') : undefined) ?? 'mobile', value };
  });
}
