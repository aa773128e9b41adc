import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { AdminKeys } from './admin-keys.js';
import type { AuthenticatedRequest } from './principal.js';
import { roleHas, type Right } from './roles.js';

/** The right an admin route demands. */
export const RequiredRight = Reflector.createDecorator<Right>();

/** Marks a route that is open to callers without an admin key, such as a webhook door with a guard of its own. */
export const OpenDoor = Reflector.createDecorator<true>();

/** Denies by default: a route is open, demands a right, or is not served at all. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: AdminKeys,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(OpenDoor, route)) return true;
    const right = this.reflector.getAllAndOverride(RequiredRight, route);
    const request = context.switchToHttp().getRequest<FastifyRequest & AuthenticatedRequest>();
    const principal = await this.keys.recognise(bearerOf(request));
    if (!principal) {
      throw new DomainError(
        'unauthenticated',
        'unauthenticated',
        'A valid admin key is needed: send it as "Authorization: Bearer <key>".',
      );
    }
    if (right === undefined || !roleHas(principal.role, right)) {
      throw new DomainError(
        'forbidden',
        'right_missing',
        `The role ${principal.role} lacks the right ${right ?? '(none is defined for this route)'}.`,
      );
    }
    request.principal = principal;
    return true;
  }
}

function bearerOf(request: FastifyRequest): string {
  return /^Bearer ([\x21-\x7e]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
