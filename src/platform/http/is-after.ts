import { ValidateBy } from 'class-validator';

/** The end of a window whose beginning is another field: one that nothing can be in is a mistake, and no search. */
export const IsAfter = (beginning: string): PropertyDecorator =>
  ValidateBy({
    name: 'isAfter',
    validator: {
      validate: (end, args) => !isEmpty(fieldOf(args?.object, beginning), end),
      defaultMessage: () =>
        `$property must be later than ${beginning}: no time is at ${beginning} or later and before $property`,
    },
  });

const fieldOf = (object: object = {}, name: string): unknown => (object as Record<string, unknown>)[name];

/** By the milliseconds that are searched by. What is no time is for other rules to refuse. */
const isEmpty = (beginning: unknown, end: unknown): boolean =>
  typeof beginning === 'string' && typeof end === 'string' && Date.parse(end) <= Date.parse(beginning);
