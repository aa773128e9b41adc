import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { Callers } from './callers.js';
import type { AuthenticatedRequest } from './principal.js';
import { rolesHave, type Right } from './roles.js';
import { Throttle } from './throttle.js';

/** The right an admin route demands. */
export const RequiredRight = Reflector.createDecorator<Right>();

/** Marks a route that is open to callers without an admin key, such as a webhook door with a guard of its own. */
export const OpenDoor = Reflector.createDecorator<true>();

/** Denies by default: a route is open, demands a right, or is not served at all. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly callers: Callers,
    private readonly throttle: Throttle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(OpenDoor, route)) return true;
    const right = this.reflector.getAllAndOverride(RequiredRight, route);
    const request = context.switchToHttp().getRequest<FastifyRequest & AuthenticatedRequest>();
    this.throttle.admitAddress(request.ip);
    const principal = await this.callers.recognise(bearerOf(request));
    if (!principal) {
      this.throttle.admitRefusal(request.ip);
      throw new DomainError(
        'unauthenticated',
        'unauthenticated',
        'A valid admin key or token is needed: send it as "Authorization: Bearer <key>".',
      );
    }
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    try {
      this.throttle.admitCaller(principal);
    } finally {
      void reply.headers(this.throttle.headersFor(principal));
    }
    if (right === undefined || !rolesHave(principal.roles, right)) {
      const roles = principal.roles.length === 0 ? '(none)' : principal.roles.join(', ');
      throw new DomainError(
        'forbidden',
        'right_missing',
        `The role ${roles} lacks the right ${right ?? '(none is defined for this route)'}.`,
      );
    }
    request.principal = principal;
    return true;
  }
}

function bearerOf(request: FastifyRequest): string {
  return /^Bearer ([\x21-\x7e]{1,8000})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
