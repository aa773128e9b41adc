import type { FastifyInstance } from 'fastify';
import { listAt, objectOf, textAt } from '../json.ts';
import type { World } from '../world.ts';
import type { Authorize } from './credentials.ts';
import { notFound } from './lever-errors.ts';
import type { IdParams } from './lookups.ts';
import { postingView } from './opportunity-view.ts';
import { pageOf } from './paging.ts';
import { stagesOf } from './stages-of.ts';

/** What an account is set up with: stages, archive reasons, postings, tags and users. */
export function accountRoutes(scope: FastifyInstance, world: World, authorize: Authorize): void {
  scope.get('/stages', (request) => {
    const { account } = authorize(request, 'stages:read');
    // In pipeline order; the paging token needs a time, which stages do not have.
    const rows = stagesOf(world.lever, account).map(({ id, text }, index) => ({
      id,
      text,
      createdAt: -index,
    }));
    const page = pageOf(rows, objectOf(request.query));
    return { ...page, data: page.data.map(({ id, text }) => ({ id, text })) };
  });

  scope.get<{ Params: IdParams }>('/stages/:id', (request) => {
    const { account } = authorize(request, 'stages:read');
    const stage = stagesOf(world.lever, account).find(({ id }) => id === request.params.id);
    if (!stage) throw notFound('stages', request.params.id);
    return { data: stage };
  });

  scope.get('/archive_reasons', (request) => {
    authorize(request, 'archive_reasons:read');
    const type = textAt(objectOf(request.query), 'type');
    const data = world.lever.archiveReasons.filter((reason) => type === undefined || reason.type === type);
    return { data, hasNext: false };
  });

  scope.get('/postings', (request) => {
    authorize(request, 'postings:read');
    const query = objectOf(request.query);
    const states = listAt(query, 'state');
    const rows = [...world.lever.postings.values()]
      .filter((posting) => states.length === 0 || states.includes(posting.state))
      .toSorted((one, other) => other.createdAt - one.createdAt);
    const page = pageOf(rows, query);
    return { ...page, data: page.data.map(postingView) };
  });

  scope.get<{ Params: IdParams }>('/postings/:id', (request) => {
    authorize(request, 'postings:read');
    const posting = world.lever.postings.get(request.params.id);
    if (!posting) throw notFound('posting', request.params.id);
    return { data: postingView(posting) };
  });

  scope.get('/tags', (request) => {
    const { account } = authorize(request, 'tags:read');
    const counts = new Map<string, number>();
    for (const opportunity of world.lever.opportunities.values()) {
      if (opportunity.account !== account) continue;
      for (const tag of opportunity.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
    return { data: [...counts].map(([text, count]) => ({ text, count })), hasNext: false };
  });

  scope.get('/users', (request) => {
    authorize(request, 'users:read');
    const query = objectOf(request.query);
    const emails = listAt(query, 'email');
    const roles = listAt(query, 'accessRole');
    const everyone = textAt(query, 'includeDeactivated') === 'true';
    const rows = [...world.lever.users.values()]
      .filter((user) => everyone || user.deactivatedAt === null)
      .filter((user) => emails.length === 0 || emails.includes(user.email))
      .filter((user) => roles.length === 0 || roles.includes(user.accessRole));
    return pageOf(rows, query);
  });

  scope.get<{ Params: IdParams }>('/users/:id', (request) => {
    authorize(request, 'users:read');
    const user = world.lever.users.get(request.params.id);
    if (!user) throw notFound('user', request.params.id);
    return { data: user };
  });
}
