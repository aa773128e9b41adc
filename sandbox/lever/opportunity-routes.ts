import type { FastifyInstance, FastifyRequest } from 'fastify';
import { nullableTextAt, objectOf, textAt, textsAt } from '../json.ts';
import type { World } from '../world.ts';
import type { Authorize } from './credentials.ts';
import { LeverError, notFound } from './lever-errors.ts';
import type { Credential } from './lever-state.ts';
import { findOpportunity, performer } from './lookups.ts';
import type { IdParams } from './lookups.ts';
import { allowedTags, archive, changeLinks, changeTags, moveToStage } from './opportunity-changes.ts';
import { filterOf } from './opportunity-filters.ts';
import {
  applicationView,
  expandsOf,
  linkMutationView,
  mutationView,
  selectedView,
} from './opportunity-view.ts';
import { pageOf } from './paging.ts';

export function opportunityRoutes(scope: FastifyInstance, world: World, authorize: Authorize): void {
  // Whether Lever asks for the scope where applications are only expanded is unknown: this one does.
  const reader = (request: FastifyRequest): Credential => {
    const credential = authorize(request, 'opportunities:read');
    const isExpanded = expandsOf(objectOf(request.query)).includes('applications');
    return isExpanded ? authorize(request, 'applications:read') : credential;
  };

  scope.get('/opportunities', (request) => {
    const credential = reader(request);
    const query = objectOf(request.query);
    const rows = [...world.lever.opportunities.values()].filter(filterOf(query, credential)).toReversed();
    const page = pageOf(rows, query);
    return { ...page, data: page.data.map((row) => selectedView(row, world.lever, query)) };
  });

  scope.get<{ Params: IdParams }>('/opportunities/:id', (request) => {
    const credential = reader(request);
    const opportunity = findOpportunity(world, credential, request.params.id);
    return { data: selectedView(opportunity, world.lever, objectOf(request.query)) };
  });

  scope.get<{ Params: IdParams }>('/opportunities/:id/applications', (request) => {
    const credential = authorize(request, 'applications:read');
    const opportunity = findOpportunity(world, credential, request.params.id);
    const { application } = opportunity;
    return {
      data: application ? [applicationView(opportunity, application, world.lever)] : [],
      hasNext: false,
    };
  });

  scope.get<{ Params: IdParams & { application: string } }>(
    '/opportunities/:id/applications/:application',
    (request) => {
      const credential = authorize(request, 'applications:read');
      const opportunity = findOpportunity(world, credential, request.params.id);
      const { application } = opportunity;
      if (application?.id !== request.params.application) {
        throw notFound('application', request.params.application);
      }
      return { data: applicationView(opportunity, application, world.lever) };
    },
  );

  for (const change of ['addTags', 'removeTags'] as const) {
    scope.post<{ Params: IdParams }>(`/opportunities/:id/${change}`, (request) => {
      const credential = authorize(request, 'opportunities:write');
      performer(world, objectOf(request.query));
      const opportunity = findOpportunity(world, credential, request.params.id);
      const tags = textsAt(objectOf(request.body), 'tags');
      if (!tags) throw new LeverError(400, 'tags must be an array of strings');
      // What Lever makes of a blank one is not known: nobody should find out.
      if (tags.some((tag) => tag.trim() === '')) throw new LeverError(400, 'tags must not be blank');
      changeTags(world, opportunity, change, allowedTags(world, change, tags));
      return { data: mutationView(opportunity, world.lever.behaviour.partialMutations) };
    });
  }

  for (const change of ['addLinks', 'removeLinks'] as const) {
    scope.post<{ Params: IdParams }>(`/opportunities/:id/${change}`, (request) => {
      const credential = authorize(request, 'opportunities:write');
      performer(world, objectOf(request.query));
      const opportunity = findOpportunity(world, credential, request.params.id);
      const links = textsAt(objectOf(request.body), 'links');
      if (!links) throw new LeverError(400, 'links must be an array of strings');
      changeLinks(world, opportunity, change, links);
      return { data: linkMutationView(opportunity) };
    });
  }

  scope.put<{ Params: IdParams }>('/opportunities/:id/stage', (request) => {
    const credential = authorize(request, 'opportunities:write');
    const userId = performer(world, objectOf(request.query));
    const opportunity = findOpportunity(world, credential, request.params.id);
    const stage = textAt(objectOf(request.body), 'stage');
    if (stage === undefined) throw new LeverError(400, 'stage is required');
    moveToStage(world, opportunity, stage, userId);
    return { data: mutationView(opportunity, world.lever.behaviour.partialMutations) };
  });

  scope.put<{ Params: IdParams }>('/opportunities/:id/archived', (request) => {
    const credential = authorize(request, 'opportunities:write');
    performer(world, objectOf(request.query));
    const opportunity = findOpportunity(world, credential, request.params.id);
    const reason = nullableTextAt(objectOf(request.body), 'reason');
    if (reason === undefined) throw new LeverError(400, 'reason is required');
    archive(world, opportunity, reason);
    return { data: mutationView(opportunity, world.lever.behaviour.partialMutations) };
  });
}
