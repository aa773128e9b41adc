import { ApiProperty, ApiSchema, PickType } from '@nestjs/swagger';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { IsReason, REASON_PATTERN } from '../platform/http/act-reason.js';
import { IfGiven } from '../platform/http/if-given.js';
import { PageQuery } from '../platform/http/page.js';

const QUEUE_NAME = /^[a-z-]{1,60}$/;
const LONGEST_REASON = 500;

/** Which page of the dead letters is wanted (P2); conditions are joined by "and". */
export class DeadLetterQuery extends PickType(PageQuery, ['limit']) {
  /** `nextCursor` of the page before. */
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @Matches(/^[\w-]{1,200}$/, {
    message: '$property must be one that an answer gave: letters, digits, _ and -',
  })
  cursor?: string;

  /** The kind of job. */
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @Matches(QUEUE_NAME, { message: '$property must be the name of a kind of job, such as place-order' })
  queue?: string;

  /** Only of this installation. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IsOptional()
  @IsUUID()
  installationId?: string;
}

/** Which dead letters are retried together. */
@ApiSchema({ name: 'RetryDeadLetters' })
export class RetryDeadLettersDto {
  /** Only show what would be retried. */
  @ApiProperty({ required: false, default: true, type: Boolean })
  @IfGiven()
  @IsBoolean()
  dryRun: boolean = true;

  /** At most this many, the oldest first. */
  @ApiProperty({ required: false, default: 50, minimum: 1, maximum: 200, type: Number })
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  /** The kind of job. */
  @ApiProperty({ required: false, type: String })
  @IfGiven()
  @Matches(QUEUE_NAME, { message: '$property must be the name of a kind of job, such as place-order' })
  queue?: string;

  /** Only of this installation. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IfGiven()
  @IsUUID()
  installationId?: string;

  /** As it is listed, in full. */
  @ApiProperty({ required: false, type: String })
  @IfGiven()
  @IsString()
  @MaxLength(LONGEST_REASON)
  reason?: string;

  /** Why they are retried, such as the number of a ticket; needed where `dryRun` is false. Never a name: it stays in the audit trail. */
  @ApiProperty({
    required: false,
    type: String,
    pattern: REASON_PATTERN,
    example: 'TICKET-17, VICTIG was down',
  })
  @ValidateIf((body: RetryDeadLettersDto) => !body.dryRun || body.because !== undefined)
  @IsReason()
  because?: string;
}

/** A job that was given up. */
@ApiSchema({ name: 'DeadLetter' })
export class DeadLetterDto {
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** The kind of job. */
  @ApiProperty({ example: 'take-callback' })
  queue: string;

  @ApiProperty({ nullable: true, type: String, format: 'uuid' })
  installationId: string | null;

  /** The ids of what it was about. */
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' } })
  payload: Record<string, string>;

  /** How often it was tried. */
  @ApiProperty({ nullable: true, type: Number })
  attempts: number | null;

  /** Why the last try failed. */
  @ApiProperty({ example: 'VICTIG: GET /orders/:id unavailable (HTTP 503)' })
  reason: string;

  /** When it was given up. */
  @ApiProperty({ format: 'date-time' })
  at: string;
}

@ApiSchema({ name: 'DeadLetterPage' })
export class DeadLetterPageDto {
  @ApiProperty({ type: [DeadLetterDto] })
  items: DeadLetterDto[];

  /** Null on the last page. */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

@ApiSchema({ name: 'RetriedDeadLetters' })
export class RetriedDeadLettersDto {
  /** Nothing was changed. */
  @ApiProperty()
  dryRun: boolean;

  /** How many there were that match. */
  @ApiProperty()
  matching: number;

  /** Those that were retried, or would be; no more than the limit. */
  @ApiProperty({ type: [DeadLetterDto] })
  items: DeadLetterDto[];
}

@ApiSchema({ name: 'Queue' })
export class QueueDto {
  @ApiProperty({ example: 'place-order' })
  name: string;

  /** Could be done now. */
  @ApiProperty()
  ready: number;

  /** Waits for its time: a hold, or the next try. */
  @ApiProperty()
  delayed: number;

  @ApiProperty()
  active: number;

  @ApiProperty()
  deadLetters: number;

  /** Done in the last five minutes, tries that failed and are tried again included. */
  @ApiProperty()
  completedInFiveMinutes: number;

  /** Since when the oldest ready one could be done. */
  @ApiProperty({ nullable: true, type: Date })
  oldestReadyAt: Date | null;
}

@ApiSchema({ name: 'Queues' })
export class QueuesDto {
  @ApiProperty({ type: [QueueDto] })
  items: QueueDto[];
}
