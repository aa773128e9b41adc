import { Transform } from 'class-transformer';

/** Spaces and line breaks that were pasted along are no part of the text, nor of the texts of a list. */
export const Trimmed = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => trimmed(value));

function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(trimmed);
  return typeof value === 'string' ? value.trim() : value;
}
