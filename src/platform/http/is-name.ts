import { Matches } from 'class-validator';

/** One line without marks that turn the direction of writing: with them one name looks like another in a list or a log. */
const NAME = /^(?=.*\S)[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u;

export const NAME_PATTERN = NAME.source;

/** A name that people type, in any script. How long it may be, and that it is a text, other rules of the field say. */
export const IsName = (): PropertyDecorator =>
  Matches(NAME, {
    message:
      '$property must not be blank, nor hold control characters or marks that turn the direction of writing',
  });
