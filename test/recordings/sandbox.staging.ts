import { objectOf, textAt } from '../../sandbox/json.ts';
import type { JsonObject } from '../../sandbox/json.ts';
import { SEED } from '../../sandbox/seed.ts';
import { dig, digList, digText } from '../../sandbox/spec/call.ts';
import type { SandboxInUse } from '../../sandbox/spec/use-sandbox.ts';
import type { Exchange } from './sandbox.exchanges.ts';

/** The recorded request with the sandbox's ids in it. */
interface StagedRequest {
  /** Below `/v1`, query included. */
  path: string;
  body?: unknown;
}

/** Puts the sandbox in a state like the recorded one. What it needs of the content it takes from the recording. */
type Staging = (at: SandboxInUse, exchange: Exchange) => Promise<StagedRequest>;

const { postings, stages, archiveReasons, users } = SEED.lever;
const { clients, products } = SEED.victig;
const MAIN = `/clients/${clients.main}`;
const AS_USER = `perform_as=${users.superAdmin}`;

export const STAGINGS: Record<string, Staging> = {
  'lever/get-stages': async () => ({ path: '/stages' }),
  'lever/get-archive-reasons': async () => ({ path: '/archive_reasons' }),
  'lever/get-posting': async (at) => {
    await at.drive('PATCH', `/lever/postings/${postings.driver}`, { allLocations: ['Athens'] });
    return { path: `/postings/${postings.driver}` };
  },
  'lever/get-postings': async (at) => {
    await at.drive('PATCH', `/lever/postings/${postings.supportLead}`, { state: 'internal' });
    for (const state of ['draft', 'closed']) {
      const place = { commitment: 'Full-time', department: 'People', team: 'Support', location: 'Athens' };
      await at.drive('POST', '/lever/postings', { text: `A ${state} posting`, state, ...place });
    }
    return { path: '/postings' };
  },
  'lever/get-opportunity': async (at, { responseBody }) => {
    const id = await opportunityLike(at, responseBody);
    await move(at, id, stages.reachedOut);
    await at.drive('POST', `/lever/opportunities/${id}/archive`, { reason: archiveReasons.withdrew });
    return { path: `/opportunities/${id}` };
  },
  'lever/get-application': async (at, { responseBody }) => {
    const id = await opportunityLike(at, responseBody);
    await at.drive('POST', `/lever/opportunities/${id}/archive`, { reason: archiveReasons.withdrew });
    const list = await at.lever('GET', `/opportunities/${id}/applications`);
    return { path: `/opportunities/${id}/applications/${digText(list.body, 'data', 0, 'id')}` };
  },
  'lever/update-opportunity-archived': async (at, { responseBody }) => {
    const id = await opportunityLike(at, responseBody);
    const body = { reason: archiveReasons.withdrew, cleanInterviews: false };
    return { path: `/opportunities/${id}/archived?${AS_USER}`, body };
  },
  'lever/update-opportunity-stage': async (at, { responseBody, requestBody }) => {
    const id = await archivedLike(at, responseBody);
    return { path: `/opportunities/${id}/stage?${AS_USER}`, body: requestBody };
  },
  'lever/update-opportunity-tags': async (at, { responseBody, requestBody }) => {
    const id = await archivedLike(at, responseBody);
    return { path: `/opportunities/${id}/addTags?${AS_USER}`, body: requestBody };
  },
  'lever/update-opportunity-links': async (at, { responseBody, requestBody }) => {
    const id = await archivedLike(at, responseBody);
    return { path: `/opportunities/${id}/addLinks?${AS_USER}`, body: requestBody };
  },
  'lever/create-note': async (at, { requestBody }) => {
    const id = await opportunityLike(at, {});
    return { path: `/opportunities/${id}/notes?${AS_USER}`, body: requestBody };
  },
  'lever/get-note': async (at) => ({ path: await notePath(at) }),
  'lever/delete-note': async (at) => ({ path: await notePath(at) }),
  'lever/create-webhook': async (_at, { requestBody }) => ({ path: '/webhooks', body: requestBody }),
  'lever/get-webhooks': async (at) => {
    await at.lever('POST', '/webhooks', { url: 'https://example.com/hook', event: 'candidateHired' });
    return { path: '/webhooks' };
  },
  'lever/delete-webhook': async (at) => {
    const wish = { url: 'https://example.com/hook', event: 'candidateHired' };
    const made = await at.lever('POST', '/webhooks', wish);
    return { path: `/webhooks/${digText(made.body, 'data', 'id')}` };
  },

  'tazapi/all_clients': async () => ({ path: '/clients' }),
  'tazapi/single_client': async () => ({ path: MAIN }),
  'tazapi/all_client_products': async () => ({ path: `${MAIN}/products` }),
  'tazapi/create_applicant': async (_at, { requestBody }) => ({
    path: `${MAIN}/applicants`,
    body: { ...objectOf(requestBody), clientGuid: clients.main },
  }),
  'tazapi/single_applicant': async (at, { responseBody }) => ({
    path: `${MAIN}/applicants/${await applicantLike(at, responseBody)}`,
  }),
  'tazapi/all_applicants': async (at, { responseBody }) => {
    for (const row of digList(responseBody)) await applicantLike(at, row);
    return { path: `${MAIN}/applicants` };
  },
  'tazapi/submit_order': async (at, { requestBody }) => ({
    path: `${MAIN}/orders`,
    body: await orderBody(at, objectOf(requestBody)),
  }),
  'tazapi/all_orders': async (at, { responseBody }) => {
    for (const row of digList(responseBody)) await orderLike(at, row);
    return { path: `${MAIN}/orders` };
  },
  'tazapi/single_order': async (at, { responseBody }) => ({
    path: `${MAIN}/orders/${await orderLike(at, responseBody)}`,
  }),
  'tazapi/order_status': async (at, { responseBody }) => {
    const { externalIdentifier } = objectOf(dig(responseBody, 'orderDetail'));
    const guid = await orderLike(at, {
      orderStatus: dig(responseBody, 'orderDetail', 'status'),
      externalIdentifier,
    });
    return { path: `${MAIN}/orders/${guid}/status` };
  },
};

/** A candidate with what the recorded one has: the same fields filled, the same ones blank. */
async function opportunityLike(at: SandboxInUse, recorded: unknown): Promise<string> {
  const { name, headline, location, emails, phones, sources } = objectOf(dig(recorded, 'data'));
  const made = await at.drive('POST', '/lever/opportunities', {
    name,
    headline,
    location,
    emails,
    phones,
    sources,
    tags: ['Seed'],
    postingId: postings.driver,
    stageId: stages.newLead,
    sourcedBy: users.recruiter,
    userId: users.recruiter,
  });
  return digText(made.body, 'id');
}

async function archivedLike(at: SandboxInUse, recorded: unknown): Promise<string> {
  const id = await opportunityLike(at, recorded);
  await at.drive('POST', `/lever/opportunities/${id}/archive`, { reason: archiveReasons.withdrew });
  return id;
}

async function move(at: SandboxInUse, id: string, stageId: string): Promise<void> {
  await at.drive('POST', `/lever/opportunities/${id}/move`, { stageId, userId: users.superAdmin });
}

async function notePath(at: SandboxInUse): Promise<string> {
  const id = await opportunityLike(at, {});
  const made = await at.lever('POST', `/opportunities/${id}/notes?${AS_USER}`, { value: 'A note' });
  return `/opportunities/${id}/notes/${digText(made.body, 'data', 'id')}`;
}

async function applicantLike(at: SandboxInUse, recorded: unknown): Promise<string> {
  const { firstName, middleName, lastName, gender, dateOfBirth, email, phoneNumber } = objectOf(recorded);
  const fields = { firstName, middleName, lastName, gender, dateOfBirth, email, phoneNumber };
  return digText((await at.victig('POST', `${MAIN}/applicants`, fields)).body, 'applicantGuid');
}

/** An order that carries what the recorded one does, brought to the same status. */
async function orderLike(at: SandboxInUse, recorded: unknown): Promise<string> {
  const row = objectOf(recorded);
  const { externalIdentifier, generalReportReference, orderNotes } = row;
  const body = await orderBody(
    at,
    { externalIdentifier, generalReportReference, orderNotes, useQuickApp: true },
    {
      dateOfBirth: row['applicantDateOfBirth'],
      phoneNumber: row['applicantPhone'],
      proposedPosition: row['applicantPosition'],
    },
  );
  const guid = digText((await at.victig('POST', `${MAIN}/orders`, body)).body, 'orderGuid');
  if (textAt(row, 'orderStatus') === 'complete') await at.drive('POST', `/victig/orders/${guid}/complete`);
  return guid;
}

async function orderBody(
  at: SandboxInUse,
  order: JsonObject,
  applicant: JsonObject = {},
): Promise<JsonObject> {
  const fields = { firstName: 'Bob', lastName: 'Smith', email: 'bob@example.com', ...applicant };
  const made = await at.victig('POST', `${MAIN}/applicants`, fields);
  const applicantGuid = digText(made.body, 'applicantGuid');
  return { ...order, applicantGuid, clientProductGuid: products.criminalPackage1 };
}
