import type { Vendor } from '../faults.ts';
import { isObject, objectOf, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { Note, Opportunity } from '../lever/lever-state.ts';
import type { Delivery } from '../outbox.ts';
import { truthy } from '../victig/applicant-view.ts';
import { quickappEndsAt, quickappIsOpen } from '../victig/order-view.ts';
import type { Applicant, Order } from '../victig/victig-state.ts';
import type { World } from '../world.ts';

/** More of the log of deliveries than this nobody reads. */
const DELIVERIES_SHOWN = 100;

/** Everything that the page shows of Lever and VICTIG. Texts of secret notes are not in it. */
export function worldView(world: World): JsonObject {
  const { lever, victig, outbox, faults } = world;
  const opportunities = [...lever.opportunities.values()];
  return {
    stages: lever.stages,
    postings: [...lever.postings.values()].map(({ id, text, categories }) => ({
      id,
      text,
      location: categories.location,
    })),
    archiveReasons: lever.archiveReasons
      .filter(({ status }) => status === 'active')
      .map(({ id, text }) => ({ id, text })),
    candidates: opportunities.map((opportunity) => candidateView(world, opportunity)),
    orders: [...victig.orders.values()].map((order) => orderView(world, order, opportunities)).toReversed(),
    deliveries: [...outbox.list('lever'), ...outbox.list('victig')]
      .toSorted((a, b) => b.n - a.n)
      .slice(0, DELIVERIES_SHOWN)
      .map(deliveryView),
    faults: faults.list().map(({ id, label, vendor, kind, struck }) => ({ id, label, vendor, kind, struck })),
    outgoing: { lever: outgoingView(world, 'lever'), victig: outgoingView(world, 'victig') },
  };
}

function candidateView(world: World, opportunity: Opportunity): JsonObject {
  const { id, name, emails, phones, tags, stage, application, archived, notes, stageChanges } = opportunity;
  const { postings, archiveReasons, users } = world.lever;
  const posting = postings.get(application?.posting ?? '');
  return {
    id,
    name,
    emails,
    phones: phones.map(({ value }) => value),
    tags,
    stageId: stage,
    postingId: posting?.id ?? null,
    job: posting?.text ?? null,
    archived:
      archived && (archiveReasons.find((reason) => reason.id === archived.reason)?.text ?? 'Archived'),
    notes: notes.map(noteView),
    history: stageChanges.map(({ toStageId, updatedAt, userId }) => ({
      stageId: toStageId,
      at: updatedAt,
      by: users.get(userId ?? '')?.name ?? null,
    })),
  };
}

function noteView({ id, secret, byApi, createdAt, fields }: Note): JsonObject {
  const text = fields.map(({ value }) => value).join('\n');
  return { id, secret, byApi, at: createdAt, text: secret ? null : text };
}

function orderView(world: World, order: Order, opportunities: readonly Opportunity[]): JsonObject {
  const applicant = world.victig.applicants.get(order.applicantGuid);
  const email = emailOf(applicant);
  const { orderGuid, fileNumber, status, reference, flagged, decision, history } = order;
  return {
    orderGuid,
    fileNumber,
    candidateId:
      opportunities.findLast(({ emails }) => emails.some((one) => one.toLowerCase() === email))?.id ?? null,
    applicant: ['firstName', 'middleName', 'lastName', 'generation']
      .flatMap((part) => textAt(objectOf(applicant?.fields), part) ?? [])
      .join(' '),
    product: order.product.productName,
    client: world.victig.clients.get(order.clientGuid)?.name ?? null,
    reference,
    status,
    flagged,
    decision,
    searches: order.searches.map(({ displayName, status, result }) => ({ displayName, status, result })),
    history,
    at: order.createdDate,
    invitation: order.usesQuickapp ? invitationView(world, order, applicant) : null,
  };
}

function invitationView(world: World, order: Order, applicant: Applicant | undefined): JsonObject {
  const fields = objectOf(applicant?.fields);
  const texted = order.notifiesApplicant && truthy(fields['textingEnabled']);
  const isOver = order.status !== 'app-pending';
  return {
    email: order.notifiesApplicant ? (textAt(fields, 'email') ?? null) : null,
    phone: texted ? (textAt(fields, 'phoneNumber') ?? null) : null,
    firstName: textAt(fields, 'firstName') ?? '',
    endsAt: quickappEndsAt(order, world),
    state: isOver ? 'done' : quickappIsOpen(order, world) ? 'open' : 'expired',
  };
}

function deliveryView(delivery: Delivery): JsonObject {
  const { n, vendor, event, state, attempts, repeats } = delivery;
  const body: unknown = JSON.parse(delivery.body);
  const data = isObject(body) ? objectOf(body['data']) : {};
  const path = isObject(body) ? (textAt(body, 'resourcePath') ?? '') : '';
  return {
    n,
    vendor,
    event,
    state,
    repeats,
    at: attempts[0]?.at ?? null,
    tries: attempts.length,
    status: attempts.at(-1)?.status ?? null,
    candidateId: textAt(data, 'opportunityId') ?? null,
    orderGuid: /\/orders\/([^/]+)/.exec(path)?.[1] ?? null,
  };
}

function outgoingView(world: World, vendor: Vendor): JsonObject {
  const { drop, duplicate } = world.outbox.faults(vendor);
  return { loses: drop > 0, repeats: duplicate > 0 };
}

function emailOf(applicant: Applicant | undefined): string | undefined {
  return textAt(objectOf(applicant?.fields), 'email')?.toLowerCase();
}
