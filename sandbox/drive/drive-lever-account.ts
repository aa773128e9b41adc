import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { flagAt, nullableTextAt, objectOf, textAt, textsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { inheritAgain } from '../lever/inherited-tags.ts';
import type { Credential, OAuthClient, Posting, Stage, User } from '../lever/lever-state.ts';
import type { IdParams } from '../lever/lookups.ts';
import { revokeGrants } from '../lever/oauth-tokens.ts';
import { SEED } from '../seed.ts';
import type { World } from '../world.ts';
import { missing } from './drive-errors.ts';
import { demandText, patchSettings } from './drive-input.ts';

const POSTING_STATES = ['published', 'internal', 'closed', 'draft', 'pending', 'rejected'] as const;

export function driveLeverAccount(scope: FastifyInstance, world: World): void {
  scope.patch('/lever/behaviour', (request) => {
    patchSettings(world.lever.behaviour, objectOf(request.body), ['autoConsent']);
    return world.lever.behaviour;
  });

  scope.post('/lever/keys', (request, reply) => {
    const body = objectOf(request.body);
    const credential: Credential = {
      key: demandText(body, 'key'),
      account: textAt(body, 'account') ?? SEED.lever.account,
      scopes: textsAt(body, 'scopes') ?? null,
      confidential: flagAt(body, 'confidential') ?? true,
    };
    world.lever.apiKeys.set(credential.key, credential);
    return reply.code(201).send(credential);
  });

  scope.post('/lever/oauth-clients', (request, reply) => {
    const body = objectOf(request.body);
    const client: OAuthClient = {
      clientId: demandText(body, 'clientId'),
      clientSecret: demandText(body, 'clientSecret'),
      redirectUris: textsAt(body, 'redirectUris') ?? null,
    };
    world.lever.oauth.clients.set(client.clientId, client);
    return reply.code(201).send(client);
  });

  // "Revoke access" in Lever, or with `key` the removal of that API key.
  scope.post('/lever/revoke', (request) => {
    const body = objectOf(request.body);
    const key = textAt(body, 'key');
    if (key !== undefined) return { keys: world.lever.apiKeys.delete(key) ? 1 : 0, grants: 0 };
    const account = textAt(body, 'account') ?? SEED.lever.account;
    const { oauth, behaviour } = world.lever;
    return { keys: 0, grants: revokeGrants(oauth, account, !behaviour.accessTokenOutlivesGrant) };
  });

  scope.post('/lever/stages', (request, reply) => {
    const body = objectOf(request.body);
    const stage: Stage = { id: textAt(body, 'id') ?? randomUUID(), text: demandText(body, 'text') };
    const account = textAt(body, 'account');
    const others = (
      account === undefined ? world.lever.stages : (world.lever.stagesOf.get(account) ?? [])
    ).filter(({ id }) => id !== stage.id);
    if (account === undefined) world.lever.stages = [...others, stage];
    else world.lever.stagesOf.set(account, [...others, stage]);
    return reply.code(201).send(stage);
  });

  scope.delete<{ Params: IdParams }>('/lever/stages/:id', (request, reply) => {
    world.lever.stages = world.lever.stages.filter(({ id }) => id !== request.params.id);
    return reply.code(204).send();
  });

  scope.post<{ Params: IdParams }>('/lever/users/:id/deactivate', (request) =>
    Object.assign(findUser(world, request.params.id), { deactivatedAt: world.now() }),
  );

  scope.post<{ Params: IdParams }>('/lever/users/:id/reactivate', (request) =>
    Object.assign(findUser(world, request.params.id), { deactivatedAt: null }),
  );

  scope.post('/lever/postings', (request, reply) => {
    const body = objectOf(request.body);
    const posting = postingFrom(body, newPosting(demandText(body, 'text'), world.now()), world.now());
    world.lever.postings.set(posting.id, posting);
    return reply.code(201).send(posting);
  });

  scope.patch<{ Params: IdParams }>('/lever/postings/:id', (request) => {
    const before = world.lever.postings.get(request.params.id);
    if (!before) throw missing('posting');
    const after = { ...postingFrom(objectOf(request.body), before, world.now()), id: before.id };
    world.lever.postings.set(after.id, after);
    for (const opportunity of world.lever.opportunities.values()) {
      if (opportunity.application?.posting === after.id) inheritAgain(opportunity, before, after);
    }
    return after;
  });
}

function findUser(world: World, id: string): User {
  const user = world.lever.users.get(id);
  if (!user) throw missing('user');
  return user;
}

function newPosting(text: string, nowMs: number): Posting {
  return {
    id: randomUUID(),
    text,
    state: 'published',
    owner: SEED.lever.users.recruiter,
    hiringManager: null,
    categories: {
      commitment: null,
      department: null,
      level: null,
      location: null,
      team: null,
      allLocations: [],
    },
    tags: [],
    description: '',
    createdAt: nowMs,
    updatedAt: nowMs,
  };
}

/** Flat input (`department`, `location` and so on) over what there is. */
function postingFrom(body: JsonObject, current: Posting, nowMs: number): Posting {
  const { categories } = current;
  const given = (key: string, now: string | null): string | null => {
    const value = nullableTextAt(body, key);
    return value === undefined ? now : value;
  };
  const location = given('location', categories.location);
  return {
    ...current,
    id: textAt(body, 'id') ?? current.id,
    text: textAt(body, 'text') ?? current.text,
    state: POSTING_STATES.find((known) => known === body['state']) ?? current.state,
    tags: textsAt(body, 'tags') ?? current.tags,
    categories: {
      ...categories,
      commitment: given('commitment', categories.commitment),
      department: given('department', categories.department),
      team: given('team', categories.team),
      location,
      allLocations: textsAt(body, 'allLocations') ?? (location === null ? [] : [location]),
    },
    updatedAt: nowMs,
  };
}
