import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** Letters and digits of any script, spaces and a few signs: a ticket's number or a few words. */
export const REASON_PATTERN = String.raw`^[\p{L}\p{N} .,:;/_#()+-]{1,200}$`;

/** Why a person does something; it stays in the audit trail, so the documentation asks for no names. */
export const IsReason = (): PropertyDecorator =>
  applyDecorators(
    IsString(),
    Matches(/^(?=.*\S)[\p{L}\p{N} .,:;/_#()+-]{1,200}$/u, {
      message:
        '$property must be 1 to 200 letters, digits, spaces and .,:;/_#()+- such as "TICKET-17, Lever was down"',
    }),
  );
