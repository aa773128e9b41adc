import { applyDecorators } from '@nestjs/common';
import { IsISO8601, Matches, ValidateBy } from 'class-validator';

/** ISO 8601 knows weeks and days of the year too, which are no instants and which `Date` does not read. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** By its offset a moment can lie in a year of five digits, which the database does not take. What is no time is for other rules. */
const isAfterYear9999 = (value: unknown): boolean =>
  typeof value === 'string' && new Date(value).getUTCFullYear() > 9_999;

/** A moment with its offset from UTC, such as `2026-11-23T00:00:00Z`. */
export const IsInstant = (): PropertyDecorator =>
  applyDecorators(
    IsISO8601({ strict: true }),
    Matches(INSTANT, { message: '$property must be a time with its offset, such as 2026-11-23T00:00:00Z' }),
    ValidateBy(
      { name: 'isNotAfterYear9999', validator: { validate: (value) => !isAfterYear9999(value) } },
      { message: '$property must lie in the year 9999 in UTC at the latest' },
    ),
  );
