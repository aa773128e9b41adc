import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { IfMatchVersion } from '../platform/http/if-match.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { compareConfigurations } from './compare-configurations.js';
import { InstallationDirectory } from './installation-directory.js';
import { InstallationView } from './installation-view.js';
import { InstallationVersions } from './installation-versions.js';
import {
  InstallationVersionDto,
  VersionComparisonDto,
  VersionPageDto,
  VersionPageQuery,
} from './installation-versions.dto.js';
import { SavedInstallationDto } from './installation.dto.js';
import { showMark, showVersion } from './show-version.js';
import { VERSION_SCHEMA, VersionPipe } from './version-pipe.js';

@ApiTags('Versions')
@Controller('admin/v1/installations/:id/versions')
export class InstallationVersionsController {
  constructor(
    private readonly versions: InstallationVersions,
    private readonly directory: InstallationDirectory,
    private readonly view: InstallationView,
  ) {}

  @Get()
  @AdminRoute({
    right: 'installations:read',
    operationId: 'listInstallationVersions',
    summary: 'List the versions of an installation, newest first',
    description: 'Who changed it and when.',
  })
  @ApiOkResponse({ type: VersionPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Query() { limit, cursor }: VersionPageQuery,
  ): Promise<VersionPageDto> {
    const { settingsVersion } = await this.directory.readFor(principal, id);
    const before = cursor === undefined ? undefined : Number(cursor);
    const rows = await this.versions.page(id, limit, before);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return {
      items: shown.map((row) => showMark(row, settingsVersion)),
      nextCursor: last ? String(last.version) : null,
    };
  }

  @Get(':version')
  @AdminRoute({
    right: 'installations:read',
    operationId: 'readInstallationVersion',
    summary: 'Read a version of an installation',
    description: 'All that was configured then. Secrets belong to no version.',
  })
  @ApiParam({ name: 'version', schema: VERSION_SCHEMA })
  @ApiOkResponse({ type: InstallationVersionDto })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: number,
  ): Promise<InstallationVersionDto> {
    const { settingsVersion } = await this.directory.readFor(principal, id);
    return showVersion(await this.versions.read(id, version), settingsVersion);
  }

  @Get(':version/compare/:other')
  @AdminRoute({
    right: 'installations:read',
    operationId: 'compareInstallationVersions',
    summary: 'Compare two versions of an installation',
    description: 'What changed from the first one named to the second.',
  })
  @ApiParam({ name: 'version', schema: VERSION_SCHEMA })
  @ApiParam({ name: 'other', schema: VERSION_SCHEMA })
  @ApiOkResponse({ type: VersionComparisonDto })
  async compare(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: number,
    @Param('other', VersionPipe) other: number,
  ): Promise<VersionComparisonDto> {
    await this.directory.readFor(principal, id);
    const before = await this.versions.read(id, version);
    const after = await this.versions.read(id, other);
    return {
      before: version,
      after: other,
      changes: compareConfigurations(before.configuration, after.configuration),
    };
  }

  @Post(':version/restore')
  @HttpCode(200)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'restoreInstallationVersion',
    summary: 'Restore a version of an installation',
    description:
      'Makes a new version that equals the old one. Secrets and the state stay as they are. Refused where the old version breaks a rule of today, and to a key that is bound to the installation where it chooses other VICTIG clients and the installation has no token of its own.',
    problems: ['version_not_restorable', 'not_ready', 'shared_token'],
  })
  @ApiParam({ name: 'version', schema: VERSION_SCHEMA })
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag that was read.', example: '"3"' })
  @ApiOkResponse({
    type: SavedInstallationDto,
    headers: { ETag: { description: 'The settings version.', schema: { type: 'string' } } },
  })
  async restore(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Param('version', VersionPipe) version: number,
    @IfMatchVersion() expectedVersion: number | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedInstallationDto> {
    await this.directory.readFor(principal, id);
    const restored = await this.versions.restore(principal, id, version, expectedVersion);
    return this.view.showSaved(principal, restored, reply);
  }
}
