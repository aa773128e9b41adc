import { ValidateBy } from 'class-validator';
import { opportunityIdOf } from './opportunity-link.js';

/** Lever's id of an opportunity, or a link to it as it is copied in Lever. */
export const IsOpportunity = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOpportunity',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && opportunityIdOf(value) !== null,
      defaultMessage: () =>
        "$property must be Lever's id of an opportunity, or its link such as https://hire.lever.co/candidates/<id>",
    },
  });
