import type { JsonObject } from '../json.ts';
import { textAt } from '../json.ts';
import type { World } from '../world.ts';
import { LeverError, notFound } from './lever-errors.ts';
import type { Credential, Note, Opportunity } from './lever-state.ts';

/** Route parameters by their names in the route. */
export interface IdParams {
  id: string;
}

/** The opportunity a credential asks for: 404 in another account, 403 when confidential and not granted. */
export function findOpportunity(world: World, credential: Credential, id: string): Opportunity {
  const opportunity = world.lever.opportunities.get(id);
  if (!opportunity || opportunity.account !== credential.account) throw notFound('opportunity', id);
  if (opportunity.confidentiality === 'confidential' && !credential.confidential) {
    throw new LeverError(403, 'This credential has no access to confidential data');
  }
  return opportunity;
}

export function findNote(opportunity: Opportunity, noteId: string): Note {
  const note = opportunity.notes.find((candidate) => candidate.id === noteId);
  if (!note) throw notFound('note', noteId);
  return note;
}

/** The user a request acts for; an unknown one is refused (guessed: no source says how). */
export function performer(world: World, query: JsonObject): string | undefined {
  const id = textAt(query, 'perform_as');
  if (id !== undefined && !world.lever.users.has(id)) {
    throw new LeverError(400, `perform_as: user ${id} was not found`);
  }
  return id;
}

/** The user a request acts for, where Lever demands one. */
export function requiredPerformer(world: World, query: JsonObject): string {
  const id = performer(world, query);
  if (id === undefined) throw new LeverError(400, 'perform_as is required');
  return id;
}
