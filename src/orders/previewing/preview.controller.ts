import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../../platform/access/admin-route.js';
import { CurrentPrincipal, type Principal } from '../../platform/access/principal.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { LEVER_PROBLEMS, VICTIG_PROBLEMS, type ProblemCode } from '../../platform/errors/problem-codes.js';
import { withPriority } from '../../platform/http/call-priority.js';
import { PreviewChange } from './preview-change.js';
import { ShadowDto, ShadowRequestDto } from './preview-change.dto.js';
import { PreviewOrder } from './preview-order.js';
import { PreviewDto, PreviewRequestDto } from './preview.dto.js';
import { UuidPipe } from '../../platform/http/uuid-pipe.js';

const PROBLEMS: readonly ProblemCode[] = [
  'invalid_settings',
  'shared_token',
  ...LEVER_PROBLEMS,
  ...VICTIG_PROBLEMS,
];

/** Short of what proxies commonly wait for an answer. */
const SHADOW_TIME_MS = 20_000;

@ApiTags('Previews')
@Controller('admin/v1/installations')
export class PreviewController {
  constructor(
    private readonly preview: PreviewOrder,
    private readonly shadows: PreviewChange,
  ) {}

  @Post(':id/preview')
  @HttpCode(200)
  @AdminRoute({
    right: 'orders:preview',
    operationId: 'previewOrder',
    summary: 'Show what would be ordered, and why',
    description:
      'For an opportunity, or for a candidate written by hand. With `settings` a change of the settings is previewed, and refused as saving it would be. Has no effect at all. The same code decides the real order.',
    problems: PROBLEMS,
  })
  @ApiOkResponse({ type: PreviewDto })
  async show(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: PreviewRequestDto,
  ): Promise<PreviewDto> {
    const subject = subjectOf(body);
    return withPriority('interactive', () => this.preview.run(principal, id, subject, body.settings));
  }

  @Post(':id/shadow')
  @HttpCode(200)
  @AdminRoute({
    right: 'orders:preview',
    operationId: 'shadowSettings',
    summary: 'Show what a change of the settings would have ordered differently',
    description:
      'Maps the latest deliveries that led to an order or a refusal once by the present settings and once by the changed ones, with what Lever and VICTIG say now, and lists what differs. Shows nothing personal and has no effect at all. Answers within about 25 seconds: what was not reached by then is left for `nextCursor`.',
    problems: PROBLEMS,
  })
  @ApiOkResponse({ type: ShadowDto })
  async shadow(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() { settings, limit, cursor }: ShadowRequestDto,
  ): Promise<ShadowDto> {
    const stretch = { limit, ...(cursor === undefined ? {} : { before: cursor }) };
    // Up to a thousand candidates must not stand in the way of a single order.
    return withPriority('background', () =>
      this.shadows.run(principal, id, settings, stretch, AbortSignal.timeout(SHADOW_TIME_MS)),
    );
  }
}

function subjectOf({ opportunityId, candidate }: PreviewRequestDto): Parameters<PreviewOrder['run']>[2] {
  if (opportunityId !== undefined && candidate === undefined) return { opportunityId };
  if (candidate !== undefined && opportunityId === undefined) return { candidate };
  throw new DomainError(
    'invalid',
    'invalid_request',
    'Give either an opportunityId or a candidate, and not both.',
  );
}
