import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsReason, REASON_PATTERN } from '../platform/http/act-reason.js';
import { PARTS_OF_HOME, type PartOfHome } from '../platform/pause/home.js';

/** `restored`: the database lives elsewhere than before · `command`: somebody asked for it on the terminal. */
export const PAUSE_CAUSES = ['restored', 'command'] as const;

@ApiSchema({ name: 'WaitingWork' })
export class WaitingWorkDto {
  /** Deliveries that nothing was decided about. */
  @ApiProperty({ example: 3 })
  deliveries: number;

  /** Orders that are open and, as far as is known here, not at VICTIG. */
  @ApiProperty({ example: 1 })
  orders: number;
}

@ApiSchema({ name: 'Pause' })
export class PauseDto {
  /** Nothing is ordered, nothing is written to Lever, and no job is taken; deliveries are kept. */
  @ApiProperty({ example: true })
  paused: boolean;

  /** The rest is of the last pause, also when it is over; null: there was none. */
  @ApiProperty({ nullable: true, enum: PAUSE_CAUSES })
  cause: (typeof PAUSE_CAUSES)[number] | null;

  /** What of the database's whereabouts is not what it was. */
  @ApiProperty({ enum: PARTS_OF_HOME, isArray: true, example: ['cluster', 'database'] })
  differs: PartOfHome[];

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  noticedAt: Date | null;

  /** What happened later is not known here: when the backup was made, to the minute. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  knownUntil: Date | null;

  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  resumedAt: Date | null;

  /** As the audit trail names who it was. */
  @ApiProperty({
    nullable: true,
    type: String,
    example: 'admin_key:0199f3a0-7777-7aaa-8aaa-0123456789ab',
  })
  resumedBy: string | null;

  waiting: WaitingWorkDto;
}

@ApiSchema({ name: 'Resumption' })
export class ResumptionDto {
  /** Why it is right to go on, such as the number of a ticket. Never a name: it stays in the audit trail. */
  @ApiProperty({ pattern: REASON_PATTERN, example: 'TICKET-17, restored and looked through' })
  @IsReason()
  reason: string;
}
