import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { flagAt, numberAt, objectOf, objectsAt, textAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { Authorize } from './credentials.ts';
import { LeverError } from './lever-errors.ts';
import type { Note, NoteField } from './lever-state.ts';
import { findNote, findOpportunity, performer } from './lookups.ts';
import type { IdParams } from './lookups.ts';
import { pageOf } from './paging.ts';

type NoteParams = IdParams & { note: string };

export function noteRoutes(scope: FastifyInstance, world: World, authorize: Authorize): void {
  scope.post<{ Params: IdParams }>('/opportunities/:id/notes', (request, reply) => {
    const credential = authorize(request, 'notes:write');
    const opportunity = findOpportunity(world, credential, request.params.id);
    const body = objectOf(request.body);
    const note: Note = {
      id: randomUUID(),
      fields: [noteField(body, world.now())],
      stage: opportunity.stage,
      user: performer(world, objectOf(request.query)) ?? null,
      secret: flagAt(body, 'secret') ?? false,
      createdAt: numberAt(body, 'createdAt') ?? world.now(),
      byApi: true,
    };
    opportunity.notes.push(note);
    opportunity.lastInteractionAt = world.now();
    world.journal.countWrite('lever', 'notesCreated');
    // Richer than the documented `{data: {noteId}}`: recorded with both names of the id.
    return reply.code(201).send({ data: { ...noteView(note), noteId: note.id } });
  });

  scope.get<{ Params: IdParams }>('/opportunities/:id/notes', (request) => {
    const credential = authorize(request, 'notes:read');
    const opportunity = findOpportunity(world, credential, request.params.id);
    const page = pageOf(opportunity.notes.toReversed(), objectOf(request.query));
    return { ...page, data: page.data.map(noteView) };
  });

  scope.get<{ Params: NoteParams }>('/opportunities/:id/notes/:note', (request) => {
    const credential = authorize(request, 'notes:read');
    const opportunity = findOpportunity(world, credential, request.params.id);
    return { data: noteView(findNote(opportunity, request.params.note)) };
  });

  scope.put<{ Params: NoteParams }>('/opportunities/:id/notes/:note', (request) => {
    const credential = authorize(request, 'notes:write');
    const opportunity = findOpportunity(world, credential, request.params.id);
    const note = ownNote(findNote(opportunity, request.params.note));
    const body = objectOf(request.body);
    const values = objectsAt(body, 'values');
    if (!values || values.length === 0) throw new LeverError(400, 'values must be an array of objects');
    note.fields = values.map((value) => noteField(value, world.now()));
    note.secret = flagAt(body, 'secret') ?? note.secret;
    world.journal.countWrite('lever', 'notesReplaced');
    return { data: { noteId: note.id } };
  });

  scope.delete<{ Params: NoteParams }>('/opportunities/:id/notes/:note', (request, reply) => {
    const credential = authorize(request, 'notes:write');
    const opportunity = findOpportunity(world, credential, request.params.id);
    const note = ownNote(findNote(opportunity, request.params.note));
    opportunity.notes = opportunity.notes.filter((other) => other !== note);
    world.journal.countWrite('lever', 'notesDeleted');
    return reply.code(204).send();
  });
}

function noteField(body: JsonObject, nowMs: number): NoteField {
  const value = textAt(body, 'value');
  if (value === undefined || value === '') throw new LeverError(400, 'value is required');
  const createdAt = numberAt(body, 'createdAt') ?? nowMs;
  if (createdAt > nowMs) throw new LeverError(400, 'createdAt must not be in the future');
  return { value, score: numberAt(body, 'score') ?? null, createdAt };
}

/** Only notes made by the API can be changed by it; the status of the refusal is guessed. */
function ownNote(note: Note): Note {
  if (!note.byApi) throw new LeverError(403, 'Only notes created by the API can be changed');
  return note;
}

function noteView(note: Note): JsonObject & { id: string; createdAt: number } {
  const { id, stage, user, secret, createdAt } = note;
  return {
    id,
    text: 'Note',
    fields: note.fields.map((field) => ({ type: 'note', text: 'Comment', ...field, stage, user })),
    user,
    secret,
    completedAt: createdAt,
    deletedAt: null,
    createdAt,
  };
}
