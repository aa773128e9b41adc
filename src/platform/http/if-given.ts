import { ValidateIf } from 'class-validator';

/** May be left out, but not be null, which `IsOptional` lets past every other rule and past the default. */
export const IfGiven = (): PropertyDecorator => ValidateIf((_body, value) => value !== undefined);
