import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector, type ModulesContainer } from '@nestjs/core';
import { OpenDoor, RequiredRight } from './access-guard.js';
import type { Right } from './roles.js';

/** A route as its controller declares it. */
export interface ListedRoute {
  /** `GET` and the like. */
  method: string;
  /** `/admin/v1/orders/:id` */
  path: string;
  /** Undefined where it demands none. */
  right: Right | undefined;
  /** Open to callers without a key or token. */
  isOpen: boolean;
}

type Handler = (...args: never[]) => unknown;

/** Every route of every controller, in the order of their paths. */
export function listRoutes(modules: ModulesContainer): ListedRoute[] {
  const reflector = new Reflector();
  const scanner = new MetadataScanner();
  const routes = new DiscoveryService(modules).getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const { prototype } = metatype as { prototype: Record<string, Handler> };
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined);
      if (handler === undefined || method === undefined) return [];
      const right = reflector.getAllAndOverride(RequiredRight, [handler, metatype]);
      const isOpen = openOf(reflector, [handler, metatype]) ?? false;
      return pathsOf(metatype, handler).map((path) => ({
        method: RequestMethod[method],
        path,
        right,
        isOpen,
      }));
    });
  });
  return routes.toSorted((a, b) => compare(`${a.path} ${a.method}`, `${b.path} ${b.method}`));
}

/** Undefined where nothing marks the route as open. */
const openOf = (
  reflector: Reflector,
  route: Parameters<Reflector['getAllAndOverride']>[1],
): boolean | undefined => reflector.getAllAndOverride(OpenDoor, route);

function pathsOf(controller: object, handler: Handler): string[] {
  const [prefixes, ends] = [controller, handler].map((part) =>
    [Reflect.getMetadata(PATH_METADATA, part) as string | string[] | undefined].flat(),
  );
  return (prefixes ?? []).flatMap((prefix = '') =>
    (ends ?? []).map((end = '') => `/${prefix}/${end}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1')),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
