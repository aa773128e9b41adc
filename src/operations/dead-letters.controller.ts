import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../platform/access/principal.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';
import { DeadLetters, type DeadLetterFilter } from '../platform/jobs/dead-letters.js';
import { cursorOf, placeOf } from './dead-letter-cursor.js';
import {
  DeadLetterDto,
  DeadLetterPageDto,
  DeadLetterQuery,
  RetriedDeadLettersDto,
  RetryDeadLettersDto,
} from './operations.dto.js';
import { SettleDeadLetters } from './settle-dead-letters.js';

@ApiTags('Operations')
@Controller('admin/v1/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly letters: DeadLetters,
    private readonly settle: SettleDeadLetters,
  ) {}

  @Get()
  @AdminRoute({
    right: 'jobs:read',
    operationId: 'listDeadLetters',
    summary: 'List jobs that were given up, newest first',
    description:
      'Jobs whose tries are used up, with the reason of the last failure. They wait until somebody retries or discards them.',
  })
  @ApiOkResponse({ type: DeadLetterPageDto })
  async list(
    @CurrentPrincipal() principal: Principal,
    @Query() { limit, cursor, queue, installationId }: DeadLetterQuery,
  ): Promise<DeadLetterPageDto> {
    const filter = within(principal, { queue, installationId });
    const found = filter === null ? [] : await this.letters.page(filter, limit + 1, placeOf(cursor));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: last && found.length > limit ? cursorOf(last) : null };
  }

  @Post('retry')
  @HttpCode(200)
  @AdminRoute({
    right: 'jobs:settle',
    operationId: 'retryDeadLetters',
    summary: 'Retry many jobs that were given up',
    description:
      'Shows what would be retried unless `dryRun` is false, which needs a reason in `because`. The oldest come first, at most 200 at once; those that this version cannot read are passed over.',
    idempotent: true,
  })
  @ApiOkResponse({ type: RetriedDeadLettersDto })
  async retryMany(
    @CurrentPrincipal() principal: Principal,
    @Body() { dryRun, limit, queue, installationId, reason, because }: RetryDeadLettersDto,
  ): Promise<RetriedDeadLettersDto> {
    const filter = within(principal, { queue, installationId, reason });
    if (filter === null) return { dryRun, matching: 0, items: [] };
    const matching = await this.letters.count(filter);
    const items = dryRun
      ? await this.settle.previewMany(filter, limit)
      : await this.settle.retryMany(principal, filter, { limit, because });
    return { dryRun, matching, items };
  }

  @Post(':id/retry')
  @HttpCode(200)
  @AdminRoute({
    right: 'jobs:settle',
    operationId: 'retryDeadLetter',
    summary: 'Retry a job that was given up, with all its tries before it',
    description: 'It is queued as if it were new. What a job has done before it is not done twice.',
    problems: ['dead_letter_unreadable'],
  })
  @ApiOkResponse({ type: DeadLetterDto })
  retry(@CurrentPrincipal() principal: Principal, @Param('id', UuidPipe) id: string): Promise<DeadLetterDto> {
    return this.settle.retry(principal, id);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @AdminRoute({
    right: 'jobs:settle',
    operationId: 'discardDeadLetter',
    irreversible: true,
    summary: 'Discard a job that was given up',
    description:
      'It is not done any more. A delivery that waits for it is ignored (`job_discarded`) and can be replayed; all else that it was about stays as it is.',
  })
  @ApiOkResponse({ type: DeadLetterDto })
  discard(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
  ): Promise<DeadLetterDto> {
    return this.settle.discard(principal, id);
  }
}

/** What the principal may know of what is asked for; null when that is nothing (A5). */
function within(principal: Principal, filter: DeadLetterFilter): DeadLetterFilter | null {
  const only = principal.installationId;
  const asked = filter.installationId?.toLowerCase();
  if (only !== null && asked !== undefined && asked !== only) return null;
  return { ...filter, installationId: only ?? asked };
}
