import { Injectable, ParseUUIDPipe, type ArgumentMetadata } from '@nestjs/common';
import { DomainError } from '../errors/domain-error.js';

/** A UUID as the database writes it, however the caller did: ids are compared, and sealed with, as text. */
@Injectable()
export class UuidPipe extends ParseUUIDPipe {
  override async transform(value: string, metadata: ArgumentMetadata): Promise<string> {
    try {
      const uuid = await super.transform(value, metadata);
      return String(uuid).toLowerCase();
    } catch {
      const name = metadata.data ?? 'id';
      throw new DomainError(
        'invalid',
        'malformed_request',
        `\`${name}\` in the path must be an id, which is a UUID.`,
        [{ path: name, message: 'must be a UUID' }],
      );
    }
  }
}
