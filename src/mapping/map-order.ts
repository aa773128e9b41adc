import type { CandidateDetails } from './candidate.js';
import type { Product } from './catalogue.js';
import type { ClientChoice } from './choose-client.js';
import type { Mapping } from './mapping.js';
import { refusal } from './refusals.js';
import type { Settings } from './settings.js';
// PROVISIONAL stub
export function mapOrder(c: CandidateDetails, s: Settings, choice: ClientChoice, products: readonly Product[]): Mapping {
  const [first = '', middle = null, last = first] = c.name.split(' ');
  const product = products.find((p) => p.name === s.defaultProduct);
  const email = c.emails[0];
  const none = { values: [], warnings: [], order: null };
  if (!email) return { ...none, refusals: [refusal('missing_email')] };
  if (!product || !choice.client) return { ...none, refusals: [refusal('unknown_product')] };
  return { ...none, refusals: [], order: { product, client: choice.client, reference: s.referenceBy === 'jobTitle' ? c.positionTitle : null, notifyApplicant: true, applicant: { firstName: first, middleName: middle, lastName: last, generation: null, email, phone: c.phones[0] ?? null, textingEnabled: false, proposedPosition: c.positionTitle, jobLocation: c.location } } };
}
