import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { DomainError, type Fault } from '../errors/domain-error.js';

/** Refuses what does not fit a DTO, and names every fault at once; fields that it does not have are faults, too (F6). */
export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      exceptionFactory: (errors: ValidationError[]) =>
        refusal(
          'The request is invalid.',
          errors.flatMap((error) => faultsOf(error)),
        ),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Of a DTO whose fields may all be left out, the pipe would take a text or a number for one without fields.
    if (metadata.type === 'body' && isDto(metadata.metatype) && value !== undefined && !isObject(value)) {
      throw refusal('The body must be a JSON object.', []);
    }
    return super.transform(value, metadata);
  }
}

const refusal = (message: string, faults: readonly Fault[]): DomainError =>
  new DomainError('invalid', 'invalid_request', message, faults);

/** Routes that read their body themselves declare no class for it. */
const isDto = (metatype: ArgumentMetadata['metatype']): boolean =>
  metatype !== undefined && !([Object, String, Number, Boolean, Array] as unknown[]).includes(metatype);

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function faultsOf(error: ValidationError, parent = ''): Fault[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ path, message }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, path))];
}
