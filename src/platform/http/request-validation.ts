import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { DomainError, type Fault } from '../errors/domain-error.js';

/** Refuses what does not fit a DTO, and names every fault at once; fields that it does not have are faults, too (F6). */
export class RequestValidation extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      exceptionFactory: (errors: ValidationError[]) => refusal(errors.flatMap((error) => faultsOf(error))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Each part of a path has a pipe of its own, which is to see it as it was sent: this one would make 1 of `0x1`.
    if (metadata.type === 'param') return value;
    // Of a DTO whose fields may all be left out, the pipe would take a text or a number for one without fields.
    if (metadata.type === 'body' && isDto(metadata.metatype) && value !== undefined && !isObject(value)) {
      throw refusal([], 'The body must be a JSON object.');
    }
    const inherited = isRead(metadata) ? inheritedNamesIn(value) : [];
    if (inherited.length === 0) return super.transform(value, metadata);
    throw refusal([...inherited, ...(await this.otherFaults(value, metadata))]);
  }

  private async otherFaults(value: unknown, metadata: ArgumentMetadata): Promise<readonly Fault[]> {
    try {
      await super.transform(value, metadata);
      return [];
    } catch (error) {
      if (error instanceof DomainError) return error.faults;
      throw error;
    }
  }
}

export const refusal = (faults: readonly Fault[], message = 'The request is invalid.'): DomainError =>
  new DomainError('invalid', 'invalid_request', message, faults);

/** A field that is not there to be sent, as class-validator words it. */
export const unknownField = (name: string, path = name): Fault => ({
  path,
  message: `property ${name} should not exist`,
});

/** Routes that read their body themselves declare no class for it. */
const isDto = (metatype: ArgumentMetadata['metatype']): boolean =>
  metatype !== undefined && !([Object, String, Number, Boolean, Array] as unknown[]).includes(metatype);

const isRead = ({ type, metatype }: ArgumentMetadata): boolean =>
  (type === 'body' || type === 'query') && isDto(metatype);

/** Such as `constructor` or `toString`: class-transformer leaves them out before they are found to be unknown. */
function inheritedNamesIn(value: unknown, parent = ''): Fault[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    const within = inheritedNamesIn(inner, path);
    return name in Object.prototype ? [unknownField(name, path)].concat(within) : within;
  });
}

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function faultsOf(error: ValidationError, parent = ''): Fault[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const messages = Object.values(error.constraints ?? {});
  const own = isMissing(error) ? [required(error.property, messages)] : (wrongKind(error) ?? messages);
  return [
    ...own.map((message) => ({ path, message })),
    ...(error.children ?? []).flatMap((child) => faultsOf(child, path)),
  ];
}

/** Rules of class-validator that say of what kind a value is. */
const KINDS = ['isString', 'isArray', 'isObject', 'isBoolean', 'isInt'] as const;

/**
 * What is of another kind breaks every rule of its field, also those that are about something else: a text is no list of which
 * the elements are not unique. Only its kind is told. Null where it is of its kind.
 */
function wrongKind({ constraints = {}, value }: ValidationError): string[] | null {
  // A number that is not whole is a number; what could not be read as one, in a query, is none.
  const kinds = KINDS.filter((kind) => kind !== 'isInt' || !Number.isFinite(value));
  const told = kinds.flatMap((kind) => constraints[kind] ?? []);
  // Of the elements of a list that is one there is more to say.
  const own = told.filter((message) => !message.startsWith('each '));
  return own.length === 0 ? null : own;
}

/** JSON has no undefined: what is there has a value, if only null. */
const isMissing = ({ value, constraints }: ValidationError): boolean =>
  value === undefined && constraints !== undefined;

/**
 * One sentence, for a field that is not there breaks every rule of its kind. Rules are kept from the last to the first, and
 * a field's first says of what kind it is.
 */
function required(property: string, messages: readonly string[]): string {
  const kind = messages.at(-1) ?? '';
  return kind.startsWith(`${property} `)
    ? `${property} is required: it ${kind.slice(property.length + 1)}`
    : `${property} is required`;
}
