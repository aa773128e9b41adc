import type { OrderRequest } from './order-request.js';
import type { Refusal } from './refusals.js';

export type { Refusal } from './refusals.js';

/** Why one value of an order is what it is (M12). */
export interface MappedValue {
  /** Name of the value, e.g. `product`, `client`, `reference`, `firstName`. */
  field: string;
  value: string | boolean | null;
  /** Where it came from, e.g. `settings.defaultProduct`, `tag`, `opportunity.emails`, `posting.location`. */
  source: string;
  /** One sentence for a support engineer: which rule, what was considered and why it lost. */
  reason: string;
}

export interface MappingWarning {
  code: string;
  message: string;
}

/** What would be ordered and why. `order` is null exactly when there is a refusal. */
export interface Mapping {
  order: OrderRequest | null;
  values: MappedValue[];
  warnings: MappingWarning[];
  refusals: Refusal[];
}
