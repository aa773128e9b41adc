import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../platform/errors/domain-error.js';

/** As the document has it. */
export const VERSION_SCHEMA = { type: 'integer', minimum: 1, maximum: 999_999_999 } as const;

/** The number of a settings version in a path; never more than the database can count. */
@Injectable()
export class VersionPipe implements PipeTransform<string, number> {
  /** @throws DomainError `malformed_request` */
  transform(value: string): number {
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new DomainError('invalid', 'malformed_request', 'A version is a whole number from 1.');
  }
}
