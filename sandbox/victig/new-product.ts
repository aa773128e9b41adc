import { randomUUID } from 'node:crypto';
import type { ClientProduct, ProductSearch } from './victig-state.ts';

export const DEFAULT_PRODUCTS = ['Criminal Package 1', 'Criminal Package 2', 'Employment Verification'];

const NATIONAL = {
  type: 'NATIONAL_CRIMINAL_DATABASE_ALIAS',
  displayName: 'National Criminal Database Alias Search',
};
const COUNTY = { type: 'COUNTY_CRIMINAL_RECORD', displayName: 'County Criminal Record Search' };
const EMPLOYMENT = { type: 'EMPLOYMENT_VERIFICATION', displayName: 'Employment Verification' };

const SEARCHES_OF: Record<string, readonly ProductSearch[]> = {
  'Criminal Package 1': [NATIONAL],
  'Criminal Package 2': [NATIONAL, COUNTY],
  'Employment Verification': [EMPLOYMENT],
};

/** A product of one client. The same name in another client has other guids. */
export function newProduct(
  productName: string,
  dateModified: number,
  guid: string = randomUUID(),
): ClientProduct {
  return {
    clientProductGuid: guid,
    productGuid: randomUUID(),
    productName,
    dateModified,
    usesQuickapp: true,
    searches: SEARCHES_OF[productName] ?? [NATIONAL],
  };
}
