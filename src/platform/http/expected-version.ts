import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { versionOf } from './if-match.js';

/** The version in `If-Match`; undefined when there is none: whoever acts on whatever it is by now need not send one. */
export const ExpectedVersion = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number | undefined => {
    const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    return header === undefined || header.trim() === '*' ? undefined : versionOf(header);
  },
);
