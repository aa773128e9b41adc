import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { listRoutes } from './list-routes.js';

/** A route says nothing of who may use it, or both that everybody may and who may. */
export class UndecidedRoutes extends Error {
  override readonly name = 'UndecidedRoutes';

  constructor(routes: readonly string[]) {
    super(
      `The service cannot start. Each route must either demand a right (AdminRoute) or be an OpenDoor: ${routes.join(', ')}.`,
    );
  }
}

/** Stops the start when it is not plain of every route who may use it (A5). */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(private readonly modules: ModulesContainer) {}

  /** @throws UndecidedRoutes */
  onModuleInit(): void {
    const undecided = listRoutes(this.modules).filter(
      ({ right, isOpen }) => isOpen === (right !== undefined),
    );
    if (undecided.length > 0)
      throw new UndecidedRoutes(undecided.map(({ method, path }) => `${method} ${path}`));
  }
}
