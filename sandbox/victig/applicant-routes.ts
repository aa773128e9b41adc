import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { applicantAnswer, applicantDetail, applicantRow } from './applicant-view.ts';
import { orderSummary } from './order-view.ts';
import { sendPage } from './paging.ts';
import { findClient } from './tokens.ts';
import type { TokenOf } from './tokens.ts';
import { invalidFields, notFound } from './victig-errors.ts';
import type { Applicant } from './victig-state.ts';
import { appendTo } from './victig-state.ts';

interface ListParams {
  client: string;
}
interface OneParams extends ListParams {
  applicant: string;
}

const REQUIRED = { firstName: 'First name', lastName: 'Last name', email: 'Email' };

export function applicantRoutes(scope: FastifyInstance, world: World, tokenOf: TokenOf): void {
  scope.post<{ Params: ListParams }>('/clients/:client/applicants', (request, reply) => {
    const token = tokenOf(request);
    const { clientGuid } = findClient(world, token, request.params.client);
    const fields = objectOf(request.body);
    demandRequired(fields);
    const nowMs = world.now();
    // Never compared with earlier ones: 21 equal applicants coexist in the recordings.
    const applicant: Applicant = {
      applicantGuid: randomUUID(),
      clientGuid,
      fields,
      addresses: [],
      version: 1,
      createdDate: nowMs,
      modifiedDate: nowMs,
      createdBy: token.application,
      requestBodies: [fields],
    };
    world.victig.applicants.set(applicant.applicantGuid, applicant);
    appendTo(world.victig.applicantsOf, clientGuid, applicant);
    world.journal.countWrite('victig', 'applicantsCreated');
    return reply.code(201).send(applicantAnswer(applicant));
  });

  scope.get<{ Params: ListParams }>('/clients/:client/applicants', (request, reply) => {
    const { clientGuid } = findClient(world, tokenOf(request), request.params.client);
    const applicants = world.victig.applicantsOf.get(clientGuid) ?? [];
    return sendPage(request, reply, applicants.length, (position) => {
      const applicant = applicants[position];
      return applicant && applicantRow(applicant);
    });
  });

  scope.get<{ Params: OneParams }>('/clients/:client/applicants/:applicant', (request) =>
    applicantDetail(findApplicant(world, tokenOf, request)),
  );

  scope.put<{ Params: OneParams }>('/clients/:client/applicants/:applicant', (request) => {
    const applicant = findApplicant(world, tokenOf, request);
    const fields = objectOf(request.body);
    demandRequired(fields);
    if (textAt(fields, 'applicantGuid') !== applicant.applicantGuid) {
      throw invalidFields({ applicantGuid: ['Applicant identifier is required.'] });
    }
    applicant.fields = fields;
    applicant.version += 1;
    applicant.modifiedDate = world.now();
    applicant.requestBodies.push(fields);
    world.journal.countWrite('victig', 'applicantsChanged');
    return applicantAnswer(applicant);
  });

  scope.get<{ Params: OneParams }>('/clients/:client/applicants/:applicant/addresses', (request) => {
    const applicant = findApplicant(world, tokenOf, request);
    return applicant.addresses;
  });

  scope.post<{ Params: OneParams }>('/clients/:client/applicants/:applicant/addresses', (request, reply) => {
    const applicant = findApplicant(world, tokenOf, request);
    const address = { addressGuid: randomUUID(), ...objectOf(request.body) };
    applicant.addresses.push(address);
    return reply.code(201).send(address);
  });

  scope.get<{ Params: OneParams }>('/clients/:client/applicants/:applicant/orders', (request, reply) => {
    const { applicantGuid } = findApplicant(world, tokenOf, request);
    const orders = world.victig.ordersOfApplicant.get(applicantGuid) ?? [];
    return sendPage(request, reply, orders.length, (position) => {
      const order = orders[orders.length - 1 - position];
      return order && orderSummary(order, world);
    });
  });
}

type ApplicantRequest = Parameters<TokenOf>[0] & { params: OneParams };

function findApplicant(world: World, tokenOf: TokenOf, request: ApplicantRequest): Applicant {
  const { clientGuid } = findClient(world, tokenOf(request), request.params.client);
  const applicant = world.victig.applicants.get(request.params.applicant);
  if (applicant?.clientGuid !== clientGuid) throw notFound('Applicant');
  return applicant;
}

function demandRequired(fields: JsonObject): void {
  const missing = Object.entries(REQUIRED).filter(([name]) => (textAt(fields, name) ?? '').trim() === '');
  if (missing.length === 0) return;
  throw invalidFields(Object.fromEntries(missing.map(([name, label]) => [name, [`${label} is required.`]])));
}
