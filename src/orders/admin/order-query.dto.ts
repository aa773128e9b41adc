import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsUUID, Matches, Max, Min } from 'class-validator';
import { WARNING_CODES } from '../../mapping/warnings.js';
import { IsAfter } from '../../platform/http/is-after.js';
import { IsInstant } from '../../platform/http/is-instant.js';
import { PageQuery } from '../../platform/http/page.js';
import { QUICK_APP_WARNINGS } from '../domain/order.js';
import { REPORT_WARNINGS } from '../domain/report-warning.js';
import { IsOpportunity } from './is-opportunity.js';
import { SHOWN_STATUSES, type ShownStatus } from './shown-status.js';

/** Everything that an order may warn of: in Lever, of the candidate's invitation, and in the mapping. */
export const SEARCHED_WARNINGS = [...REPORT_WARNINGS, ...QUICK_APP_WARNINGS, ...WARNING_CODES] as const;
export type SearchedWarning = (typeof SEARCHED_WARNINGS)[number];

/** Which orders are wanted; conditions are joined by "and". */
export class OrderQuery extends PageQuery {
  /** Only of this installation. */
  @ApiProperty({ required: false, format: 'uuid', type: String })
  @IsOptional()
  @IsUUID()
  installationId?: string;

  /** Where the order stands. */
  @ApiProperty({ required: false, enum: SHOWN_STATUSES })
  @IsOptional()
  @IsIn(SHOWN_STATUSES)
  status?: ShownStatus;

  /** Lever's id of the opportunity, or its link as it is copied in Lever. */
  @ApiProperty({
    required: false,
    type: String,
    example: 'https://hire.lever.co/candidates/8f1c2b7e-3d5a-4a56-9c0e-1f2d3c4b5a69',
  })
  @IsOptional()
  @IsOpportunity()
  opportunityId?: string;

  /** VICTIG's guid of the order. */
  @ApiProperty({ required: false, type: String })
  @IsOptional()
  @Matches(/^[\w-]{1,100}$/, { message: '$property must be an id: 1 to 100 letters, digits, _ and -' })
  orderGuid?: string;

  /** VICTIG's file number. */
  @ApiProperty({ required: false, type: String, example: '576468' })
  @IsOptional()
  @Matches(/^[\w-]{1,100}$/, { message: '$property must be an id: 1 to 100 letters, digits, _ and -' })
  fileNumber?: string;

  /** The name of the product that was ordered, in full. */
  @ApiProperty({ required: false, type: String, example: 'Criminal Package 1' })
  @IsOptional()
  @Matches(/^[^\p{Cc}]{1,200}$/u, { message: 'product must be 1 to 200 characters of a name' })
  product?: string;

  /** The settings version it was mapped with. */
  @ApiProperty({ required: false, type: Number, minimum: 1, example: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  settingsVersion?: number;

  /** What the order warns of. */
  @ApiProperty({ required: false, enum: SEARCHED_WARNINGS })
  @IsOptional()
  @IsIn(SEARCHED_WARNINGS)
  warning?: SearchedWarning;

  /** Opened at this time or later. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IsOptional()
  @IsInstant()
  from?: string;

  /** Opened before this time, which is later than `from`. */
  @ApiProperty({ required: false, format: 'date-time', type: String })
  @IsOptional()
  @IsInstant()
  @IsAfter('from')
  to?: string;

  /**
   * Words, all of which are found in ids, the file number, product, client and the reason of the status. Beginnings
   * are enough of one word alone, of numbers from five digits, of ids from eight characters. Nothing personal is
   * searched: no name, no address, no reference.
   */
  @ApiProperty({ required: false, type: String, example: 'criminal package 576468' })
  @IsOptional()
  @Matches(/^(?=.*\S)[^\p{Cc}]{1,200}$/u, { message: 'text must be 1 to 200 characters, and not blank' })
  text?: string;
}
