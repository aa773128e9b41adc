import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';

/**
 * The version a change was made against, from `If-Match`; missing: 428 (P4). The ETag is the version in quotes; undefined for
 * `*`, by which a caller says that it is to change whatever it is by now (RFC 9110, 13.1.1).
 */
export const IfMatchVersion = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    if (header === undefined) {
      throw new DomainError(
        'precondition_missing',
        'if_match_missing',
        "Send the ETag you read as If-Match, so that nobody else's change is overwritten.",
      );
    }
    return header.trim() === '*' ? undefined : versionOf(header);
  },
);

/** @throws DomainError `stale_version` for what is no ETag of ours, and so surely not the present one */
export function versionOf(header: string): number {
  const version = /^(?:W\/)?"?(\d{1,9})"?$/.exec(header.trim())?.[1];
  if (version === undefined) {
    throw new DomainError('stale', 'stale_version', 'If-Match is not an ETag of this service, such as "3".');
  }
  return Number(version);
}

export const etagOf = (version: number): string => `"${version}"`;
