import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { AdminKey } from '../platform/access/admin-key.entity.js';
import { AdminKeys } from '../platform/access/admin-keys.js';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { PageQuery, pageOf } from '../platform/http/page.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { CreatedKeyDto, KeyDto, KeyPageDto, NewKeyDto } from './key.dto.js';
import { KeyAdministration } from './key-administration.js';

@ApiTags('Keys')
@Controller('admin/v1/keys')
export class KeysController {
  constructor(
    private readonly administration: KeyAdministration,
    private readonly keys: AdminKeys,
  ) {}

  @Post()
  @Header('cache-control', 'no-store')
  @AdminRoute({
    right: 'keys:write',
    operationId: 'createKey',
    summary: 'Create an admin key',
    description:
      'The key is answered once and kept only as a hash; with an `Idempotency-Key` its answer is kept sealed for a day. It cannot have more rights, be bound to less or live longer than the key that creates it.',
    problems: ['expires_in_the_past', 'wider_than_own', 'installation_not_found'],
    idempotent: true,
  })
  @ApiCreatedResponse({ type: CreatedKeyDto })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: NewKeyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedKeyDto> {
    const { key, row } = await this.administration.create(principal, {
      name: body.name.trim(),
      role: body.role,
      installationId: body.installationId?.toLowerCase() ?? null,
      expiresAt: body.expiresAt ? new Date(body.expiresAt) : null,
    });
    reply.header('location', `/admin/v1/keys/${row.id}`);
    return Object.assign(this.show(row), { key });
  }

  @Get()
  @AdminRoute({
    right: 'keys:read',
    operationId: 'listKeys',
    summary: 'List admin keys, newest first',
    description:
      'Revoked and expired ones too. The keys themselves are not kept, only their last four characters.',
  })
  @ApiOkResponse({ type: KeyPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<KeyPageDto> {
    const rows = await this.keys.page(query.limit, query.cursor, principal.installationId);
    return pageOf(rows, query.limit, (row) => this.show(row));
  }

  @Get(':id')
  @AdminRoute({
    right: 'keys:read',
    operationId: 'readKey',
    summary: 'Read what is known of an admin key',
    description: 'Its role, what it is bound to, and whether it can still be used.',
  })
  @ApiOkResponse({ type: KeyDto })
  async read(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<KeyDto> {
    return this.show(await this.administration.readFor(principal, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @AdminRoute({
    right: 'keys:write',
    operationId: 'revokeKey',
    irreversible: true,
    summary: 'Revoke an admin key',
    description: 'At once and for good, on all replicas. The last key that may do everything stays.',
    problems: ['last_admin_key'],
  })
  @ApiNoContentResponse({ description: 'It is revoked.' })
  async revoke(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<void> {
    await this.administration.revoke(principal, id);
  }

  private show(row: AdminKey): KeyDto {
    const { id, name, role, installationId, lastFour, createdAt, expiresAt, revokedAt } = row;
    const unusable = revokedAt === null ? 'expired' : 'revoked';
    const state = this.keys.isUsable(row) ? 'active' : unusable;
    return { id, name, role, installationId, lastFour, state, createdAt, expiresAt, revokedAt };
  }
}
