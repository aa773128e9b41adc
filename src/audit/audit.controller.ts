import { Controller, Get, HttpCode, Post, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { refuseBound } from '../platform/access/refuse-bound.js';
import { Transactions } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { pageOf } from '../platform/http/page.js';
import { AuditChains, type ChainedEntry } from './audit-chains.js';
import { SERVICE_CHAIN } from './audit-entry.js';
import { AuditList } from './audit-list.js';
import { AuditTrail } from './audit-trail.js';
import { AuditVerifications } from './audit-verifications.js';
import { CheckpointSealer } from './checkpoint-sealer.js';
import { AuditExportQuery, AuditPageDto, AuditQuery, CheckpointDto, VerificationDto } from './audit.dto.js';
import { exportLine, showCheckpoint, showEntry, showVerification } from './show-audit.js';

/** The trail for those who check what was done (A2). */
@ApiTags('Audit')
@Controller('admin/v1/audit')
export class AuditController {
  constructor(
    private readonly entries: AuditList,
    private readonly chains: AuditChains,
    private readonly verifications: AuditVerifications,
    private readonly sealer: CheckpointSealer,
    private readonly audit: AuditTrail,
    private readonly transactions: Transactions,
  ) {}

  @Get()
  @AdminRoute({
    right: 'audit:read',
    operationId: 'listAuditEntries',
    summary: 'List and search the audit trail, newest first',
    description:
      'Who did what, when, to which installation, order and opportunity. Entries hold ids and codes, never personal data.',
  })
  @ApiOkResponse({ type: AuditPageDto })
  async list(@CurrentPrincipal() principal: Principal, @Query() query: AuditQuery): Promise<AuditPageDto> {
    return pageOf(await this.entries.page(query, principal.installationId), query.limit, showEntry);
  }

  @Get('export')
  @AdminRoute({
    right: 'audit:export',
    operationId: 'exportAudit',
    summary: 'Export the audit trail',
    description:
      'One entry a line (NDJSON), chain after chain, each in its order. That it was exported is an entry itself.',
  })
  @ApiOkResponse({
    description: 'Entries, one a line.',
    content: { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/AuditEntry' } } },
  })
  async export(
    @CurrentPrincipal() principal: Principal,
    @Query() query: AuditExportQuery,
    @Req() { method }: FastifyRequest,
  ): Promise<StreamableFile> {
    // Fastify answers it by the same route.
    if (method === 'HEAD') return ndjson([]);
    const { actor, installationId: only } = principal;
    const installationId = await this.chainOf(only ?? query.installationId);
    await this.transactions.run((tx) =>
      this.audit.record(tx, {
        action: 'audit.exported',
        data: { filters: Object.keys(query).toSorted() },
        actor,
        installationId,
      }),
    );
    return ndjson(linesOf(this.entries.stream(query, only)));
  }

  @Get('verify')
  @AdminRoute({
    right: 'audit:verify',
    operationId: 'verifyAudit',
    summary: 'Verify the audit trail',
    description:
      'Reads every entry and every checkpoint and names the first that was changed, removed or inserted. A key that is bound to an installation verifies its chain.',
  })
  @ApiOkResponse({ type: VerificationDto })
  async verify(@CurrentPrincipal() principal: Principal): Promise<VerificationDto> {
    return showVerification(await this.verifications.verify(principal.installationId));
  }

  @Post('checkpoints')
  @HttpCode(200)
  @AdminRoute({
    right: 'audit:verify',
    operationId: 'sealAudit',
    summary: 'Seal the audit trail now',
    description:
      'Answers the newest checkpoint, as one line that can be kept elsewhere. They are made every few minutes anyway. A checkpoint is over the chains of all installations: a key that is bound to one makes none.',
    problems: ['bound_key', 'nothing_to_seal', 'checkpoint_refused'],
  })
  @ApiOkResponse({ type: CheckpointDto })
  async seal(@CurrentPrincipal() principal: Principal): Promise<CheckpointDto> {
    refuseBound(principal);
    const checkpoint = await this.sealer.seal();
    if (checkpoint) return showCheckpoint(checkpoint);
    throw new DomainError('conflict', 'nothing_to_seal', 'The audit trail is empty.');
  }

  /** An installation that nothing is known of, and none, have no chain: the service's own tells of them. */
  private async chainOf(installationId: string | undefined): Promise<string> {
    if (installationId === undefined) return SERVICE_CHAIN;
    return (await this.chains.has(installationId)) ? installationId.toLowerCase() : SERVICE_CHAIN;
  }
}

const ndjson = (lines: Iterable<string> | AsyncIterable<string>): StreamableFile =>
  new StreamableFile(Readable.from(lines), { type: 'application/x-ndjson' });

async function* linesOf(entries: AsyncIterable<ChainedEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield exportLine(entry);
}
