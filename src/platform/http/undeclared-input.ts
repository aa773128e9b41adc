import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RequiredRight } from '../access/access-guard.js';
import type { Fault } from '../errors/domain-error.js';
import { isObject, refusal, unknownField } from './request-validation.js';

/**
 * Refuses what an admin route does not read: of a body or query that it declares, `RequestValidation` does so, which is
 * not asked where none is declared. Someone who sends `dryRun` must not have it carried out (F6).
 */
@Injectable()
export class UndeclaredInput implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride(RequiredRight, [handler, controller]) === undefined) return true;
    const { body, query } = context.switchToHttp().getRequest<FastifyRequest>();
    const reads = (type: RouteParamtypes): boolean => readsAllOf(type, controller, handler.name);
    const faults: Fault[] = reads(RouteParamtypes.QUERY) ? [] : unknownFieldsOf(query as object);
    if (!reads(RouteParamtypes.BODY) && body !== undefined) {
      if (!isObject(body)) throw refusal(faults, 'The body must be a JSON object.');
      faults.push(...unknownFieldsOf(body));
    }
    if (faults.length > 0) throw refusal(faults);
    return true;
  }
}

const unknownFieldsOf = (input: object): Fault[] => Object.keys(input).map((name) => unknownField(name));

/** Whether a handler has the whole body or query bound, as a DTO that knows its fields. */
function readsAllOf(type: RouteParamtypes, controller: object, handler: string): boolean {
  const bound = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) as
    Readonly<Record<string, { data?: unknown }>> | undefined;
  return Object.entries(bound ?? {}).some(
    ([key, { data }]) => key.startsWith(`${type}:`) && data === undefined,
  );
}
