import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../platform/access/admin-route.js';
import { CurrentPrincipal, mayKnow, type Principal } from '../platform/access/principal.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { withPriority } from '../platform/http/call-priority.js';
import { PreviewOrder } from './preview-order.js';
import { PreviewDto, PreviewRequestDto } from './preview.dto.js';
import { UuidPipe } from '../platform/http/uuid-pipe.js';

@ApiTags('Installations')
@Controller('admin/v1/installations')
export class PreviewController {
  constructor(private readonly preview: PreviewOrder) {}

  @Post(':id/preview')
  @HttpCode(200)
  @AdminRoute({
    right: 'orders:preview',
    operationId: 'previewOrder',
    summary: 'Show what would be ordered, and why',
    description:
      'For an opportunity, or for a candidate written by hand. Has no effect at all. The same code decides the real order.',
    problems: [400, 404, 409, 502],
  })
  @ApiOkResponse({ type: PreviewDto })
  async show(
    @CurrentPrincipal() principal: Principal,
    @Param('id', UuidPipe) id: string,
    @Body() body: PreviewRequestDto,
  ): Promise<PreviewDto> {
    if (!mayKnow(principal, id)) {
      throw new DomainError('not_found', 'installation_not_found', 'There is no such installation.');
    }
    const subject = subjectOf(body);
    return withPriority('interactive', () => this.preview.run(id, subject));
  }
}

function subjectOf({ opportunityId, candidate }: PreviewRequestDto): Parameters<PreviewOrder['run']>[1] {
  if (opportunityId !== undefined && candidate === undefined) return { opportunityId };
  if (candidate !== undefined && opportunityId === undefined) return { candidate };
  throw new DomainError(
    'invalid',
    'invalid_request',
    'Give either an opportunityId or a candidate, and not both.',
  );
}
