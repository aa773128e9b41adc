import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, mayKnow, type Principal } from '../platform/access/principal.js';
import { refuseBound } from '../platform/access/refuse-bound.js';
import { Clock } from '../platform/clock.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { IfMatchVersion } from '../platform/http/if-match.js';
import { PageQuery, pageOf } from '../platform/http/page.js';
import {
  changedConfiguration,
  newConfiguration,
  refuseToCome,
  secretChanges,
} from './configuration-input.js';
import { InstallationCheck } from './installation-check.js';
import { InstallationDirectory } from './installation-directory.js';
import {
  ActivationDto,
  InstallationDto,
  InstallationPageDto,
  InstallationPatchDto,
  NewInstallationDto,
  NewSignatureTokenDto,
  SavedInstallationDto,
  SignatureTokenDto,
} from './installation.dto.js';
import { InstallationView } from './installation-view.js';
import { Installations } from './installations.js';
import { showSignatureToken } from './show-installation.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

const ETAG = {
  headers: { ETag: { description: 'The settings version.', schema: { type: 'string' as const } } },
};

@ApiTags('Installations')
@Controller('admin/v1/installations')
export class InstallationsController {
  constructor(
    private readonly installations: Installations,
    private readonly directory: InstallationDirectory,
    private readonly view: InstallationView,
    private readonly check: InstallationCheck,
    private readonly clock: Clock,
  ) {}

  @Post()
  @AdminRoute({
    right: 'installations:write',
    operationId: 'createInstallation',
    summary: 'Create an installation',
    description:
      'It starts as a draft: nothing is ordered until it is activated. `warnings` say what does not fit, such as a product that VICTIG does not have.',
    problems: ['invalid_settings', 'bound_key'],
    idempotent: true,
  })
  @ApiCreatedResponse({ type: SavedInstallationDto, ...ETAG })
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: NewInstallationDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedInstallationDto> {
    refuseBound(principal);
    refuseToCome(body.certification, this.clock.now());
    const created = await this.installations.create(
      principal.actor,
      newConfiguration(body),
      secretChanges(body),
      body.signatureTokens ?? [],
    );
    reply.header('location', `/admin/v1/installations/${created.id}`);
    return this.view.showSaved(principal, created, reply);
  }

  @Get()
  @AdminRoute({
    right: 'installations:read',
    operationId: 'listInstallations',
    summary: 'List installations, newest first',
    description: 'As they are configured now. A key that is bound to an installation sees that one only.',
  })
  @ApiOkResponse({ type: InstallationPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() query: PageQuery,
  ): Promise<InstallationPageDto> {
    const rows = await this.directory.page(query.limit, query.cursor, principal.installationId);
    const page = pageOf(rows, query.limit, (row) => row);
    return { ...page, items: await this.view.showAll(page.items) };
  }

  @Get(':id')
  @AdminRoute({
    right: 'installations:read',
    operationId: 'readInstallation',
    summary: 'Read an installation',
    description:
      'As it is configured now. Secrets show only that they are set, and their last four characters. The `ETag` is what a change sends as `If-Match`.',
  })
  @ApiOkResponse({ type: InstallationDto, ...ETAG })
  async read(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InstallationDto> {
    refuseForeign(principal, id);
    const installation = await this.directory.find(id);
    if (!installation) throw notFound();
    return this.view.showTagged(installation, reply);
  }

  @Patch(':id')
  @AdminRoute({
    right: 'installations:write',
    operationId: 'changeInstallation',
    summary: 'Change an installation',
    description:
      'Only what is given changes. Each change makes a new settings version; orders keep the version they were mapped with. `warnings` say what does not fit, such as a product that VICTIG does not have. A key that is bound to the installation changes what chooses among VICTIG clients (`victig.clientGuid`, `subClientBy`, `subClientPrefix`, `clientCities`) only where the installation has, or is given, a VICTIG token of its own, and does not remove that.',
    problems: ['invalid_settings', 'not_ready', 'shared_token'],
  })
  @ApiHeader({ name: 'If-Match', required: true, description: 'The ETag that was read.', example: '"1"' })
  @ApiOkResponse({ type: SavedInstallationDto, ...ETAG })
  async change(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @IfMatchVersion() version: number | undefined,
    @Body() patch: InstallationPatchDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SavedInstallationDto> {
    refuseForeign(principal, id);
    refuseToCome(patch.certification, this.clock.now());
    const changed = await this.installations.change(
      principal,
      id,
      version,
      (current) => changedConfiguration(current, patch),
      secretChanges(patch),
    );
    return this.view.showSaved(principal, changed, reply);
  }

  @Post(':id/activate')
  @HttpCode(200)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'activateInstallation',
    summary: 'Start ordering',
    description:
      'Refused, with every error that the check finds, while it cannot work. A pasted API key that Lever refused is tried once more. ' +
      'An installation that was disconnected needs `waiting` if stage changes came in meanwhile, also when it was paused after that, or before all of them were decided: `process` has them worked on as if they came now, `discard` ignores them. Orders that were opened before go on in either case.',
    problems: ['not_ready', 'waiting_undecided', 'waiting_processed'],
  })
  @ApiBody({ type: ActivationDto, required: false })
  @ApiOkResponse({ type: InstallationDto })
  async activate(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: ActivationDto,
  ): Promise<InstallationDto> {
    refuseForeign(principal, id);
    await this.check.demandReady(principal, id);
    return this.view.show(await this.installations.activate(principal.actor, id, body.waiting));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'pauseInstallation',
    summary: 'Stop ordering',
    description:
      'Stage changes are recorded as ignored; orders under way are followed to their end. Also for a disconnected installation whose customer has left: stage changes that waited for access, and are not decided yet, wait on until it is activated again.',
    problems: ['not_active'],
  })
  @ApiOkResponse({ type: InstallationDto })
  async pause(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<InstallationDto> {
    refuseForeign(principal, id);
    return this.view.show(await this.installations.pause(principal.actor, id));
  }

  @Post(':id/signature-tokens')
  @AdminRoute({
    right: 'installations:write',
    operationId: 'addSignatureToken',
    summary: 'Add a signature token',
    description:
      'Deliveries signed with any of the tokens are let in, so that one can be rotated with overlap. Ten at most, and each once.',
    problems: ['signature_token_exists', 'too_many_signature_tokens'],
    idempotent: true,
  })
  @ApiCreatedResponse({ type: SignatureTokenDto })
  async addSignatureToken(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: NewSignatureTokenDto,
  ): Promise<SignatureTokenDto> {
    refuseForeign(principal, id);
    return showSignatureToken(await this.installations.addSignatureToken(principal.actor, id, body.token));
  }

  @Delete(':id/signature-tokens/:tokenId')
  @HttpCode(204)
  @AdminRoute({
    right: 'installations:write',
    operationId: 'endSignatureToken',
    irreversible: true,
    summary: 'End a signature token',
    description:
      'Deliveries that were signed with it are refused from now on. The last token of an active installation stays.',
    problems: ['not_ready'],
  })
  async endSignatureToken(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Param('tokenId', UuidPipe) tokenId: string,
  ): Promise<void> {
    refuseForeign(principal, id);
    await this.installations.endSignatureToken(principal.actor, id, tokenId);
  }
}

const notFound = (): DomainError =>
  new DomainError('not_found', 'installation_not_found', 'There is no such installation.');

/** Another installation's object is not there at all (A5). */
function refuseForeign(principal: Principal, installationId: string): void {
  if (!mayKnow(principal, installationId)) throw notFound();
}
