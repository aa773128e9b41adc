import { Controller, Get, Module, Post } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { OpenDoor, RequiredRight } from '../../src/platform/access/access-guard.js';
import { listRoutes } from '../../src/platform/access/list-routes.js';
import { RouteCheck, UndecidedRoutes } from '../../src/platform/access/route-check.js';

@Controller('decided')
class Decided {
  @Get()
  @RequiredRight('orders:read')
  list(): void {}

  @Post(':id')
  @OpenDoor(true)
  open(): void {}

  /** No route. */
  other(): void {}
}

@OpenDoor(true)
@Controller('door')
class Door {
  @Post(['one', 'two'])
  receive(): void {}
}

@Controller('forgotten')
class Forgotten {
  @Post(':id/secrets')
  reveal(): void {}
}

@Controller('both')
class Both {
  @Get()
  @OpenDoor(true)
  @RequiredRight('orders:read')
  list(): void {}
}

const start = async (...controllers: (new () => object)[]): Promise<ModulesContainer> => {
  @Module({ controllers, providers: [RouteCheck] })
  class App {}
  const app = await Test.createTestingModule({ imports: [App] }).compile();
  await app.init();
  const modules = app.get(ModulesContainer);
  await app.close();
  return modules;
};

describe('the check of all routes at the start (A5)', () => {
  it('lists every route with what it demands', async () => {
    expect(listRoutes(await start(Decided, Door))).toEqual([
      { method: 'GET', path: '/decided', right: 'orders:read', isOpen: false },
      { method: 'POST', path: '/decided/:id', right: undefined, isOpen: true },
      { method: 'POST', path: '/door/one', right: undefined, isOpen: true },
      { method: 'POST', path: '/door/two', right: undefined, isOpen: true },
    ]);
  });

  it('stops the start when a route says nothing of who may use it, or both things, and names each (A5)', async () => {
    const refused = start(Decided, Forgotten, Both);
    await expect(refused).rejects.toThrow(UndecidedRoutes);
    await expect(refused).rejects.toThrow(/GET \/both, POST \/forgotten\/:id\/secrets\.$/);
  });
});
