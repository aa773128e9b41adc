import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { objectOf } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import type { Authorize } from './credentials.ts';
import { LeverError, notFound } from './lever-errors.ts';
import type { Opportunity, StoredFile } from './lever-state.ts';
import { findOpportunity, requiredPerformer } from './lookups.ts';
import type { IdParams } from './lookups.ts';
import { readFilePart } from './multipart.ts';

type FileParams = IdParams & { file: string };

/** Lever's limit for a file upload, in bytes. */
const MAX_REQUEST = 30 * 1024 * 1024;

export function fileRoutes(scope: FastifyInstance, world: World, authorize: Authorize): void {
  scope.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });

  scope.post<{ Params: IdParams }>(
    '/opportunities/:id/files',
    { bodyLimit: MAX_REQUEST },
    (request, reply) => {
      const credential = authorize(request, 'files:write');
      requiredPerformer(world, objectOf(request.query));
      const opportunity = findOpportunity(world, credential, request.params.id);
      const part = Buffer.isBuffer(request.body)
        ? readFilePart(request.body, request.headers['content-type'] ?? '')
        : undefined;
      if (!part) throw new LeverError(400, 'A multipart field named file is required');
      const file: StoredFile = { id: randomUUID(), ...part, uploadedAt: world.now() };
      opportunity.files.push(file);
      world.journal.countWrite('lever', 'filesCreated');
      return reply.code(201).send({ data: fileView(opportunity.id, file) });
    },
  );

  // A bare array without `data`, as the documentation's sample shows.
  scope.get<{ Params: IdParams }>('/opportunities/:id/files', (request) => {
    const credential = authorize(request, 'files:read');
    const opportunity = findOpportunity(world, credential, request.params.id);
    return opportunity.files.map((file) => fileView(opportunity.id, file));
  });

  scope.get<{ Params: FileParams }>('/opportunities/:id/files/:file', (request) => {
    const credential = authorize(request, 'files:read');
    const opportunity = findOpportunity(world, credential, request.params.id);
    return { data: fileView(opportunity.id, findFile(opportunity, request.params.file)) };
  });

  scope.delete<{ Params: FileParams }>('/opportunities/:id/files/:file', (request, reply) => {
    const credential = authorize(request, 'files:write');
    requiredPerformer(world, objectOf(request.query));
    const opportunity = findOpportunity(world, credential, request.params.id);
    const file = findFile(opportunity, request.params.file);
    opportunity.files = opportunity.files.filter((other) => other !== file);
    world.journal.countWrite('lever', 'filesDeleted');
    return reply.code(204).send();
  });
}

function findFile({ files }: Opportunity, id: string): StoredFile {
  const file = files.find((stored) => stored.id === id);
  if (!file) throw notFound('file', id);
  return file;
}

/** `uploadedAt` and `size` are texts, as in the documentation's samples. */
function fileView(opportunityId: string, file: StoredFile): JsonObject {
  return {
    id: file.id,
    downloadUrl: `https://hire.lever.co/candidates/${opportunityId}/files/${file.id}/download`,
    ext: extname(file.name),
    name: file.name,
    uploadedAt: String(file.uploadedAt),
    status: 'processed',
    size: String(file.size),
  };
}
