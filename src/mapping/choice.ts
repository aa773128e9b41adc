import type { MappedValue, MappingWarning, Refusal } from './mapping.js';

/** What one rule decided, and why. */
export interface Choice<T> {
  chosen: T;
  values: MappedValue[];
  warnings: MappingWarning[];
  refusals: Refusal[];
}

/** A choice of one value. */
export const choose = <T>(
  chosen: T,
  value: MappedValue,
  rest: { warnings?: MappingWarning[]; refusals?: Refusal[] } = {},
): Choice<T> => ({
  chosen,
  values: [value],
  warnings: rest.warnings ?? [],
  refusals: rest.refusals ?? [],
});
