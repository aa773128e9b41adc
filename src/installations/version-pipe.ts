import { Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../platform/errors/domain-error.js';

/** The number of a settings version in a path; never more than the database can count. */
@Injectable()
export class VersionPipe implements PipeTransform<string, number> {
  /** @throws DomainError `malformed_request` */
  transform(value: string): number {
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new DomainError('invalid', 'malformed_request', 'A version is a whole number from 1.');
  }
}
