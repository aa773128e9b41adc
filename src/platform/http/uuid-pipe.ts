import { Injectable, ParseUUIDPipe, type ArgumentMetadata } from '@nestjs/common';

/** A UUID as the database writes it, however the caller did: ids are compared, and sealed with, as text. */
@Injectable()
export class UuidPipe extends ParseUUIDPipe {
  override async transform(value: string, metadata: ArgumentMetadata): Promise<string> {
    const uuid = await super.transform(value, metadata);
    return String(uuid).toLowerCase();
  }
}
