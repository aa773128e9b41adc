import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

/** Which page of a list is wanted (P2). */
export class PageQuery {
  @ApiProperty({
    required: false,
    description: 'How many items, 1 to 200.',
    default: 50,
    minimum: 1,
    maximum: 200,
    type: Number,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiProperty({ required: false, description: '`nextCursor` of the page before.', type: String })
  @IsOptional()
  @IsUUID()
  cursor?: string;
}

export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/**
 * Cuts a page from rows that were read newest first, one more than wanted. The cursor is the id of the last row
 * shown: ids are ordered by time, so new rows never move old ones.
 */
export function pageOf<R extends { id: string }, T>(
  rows: readonly R[],
  limit: number,
  show: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(show), nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
