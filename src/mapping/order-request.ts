import type { Product } from './catalogue.js';

/** The person as the screening provider will know them. */
export interface ApplicantDetails {
  firstName: string;
  middleName: string | null;
  lastName: string;
  /** Suffix such as `Jr.` or `III`. */
  generation: string | null;
  email: string;
  phone: string | null;
  /** True only when texts are wanted and a phone is known (M10). */
  textingEnabled: boolean;
  proposedPosition: string | null;
  jobLocation: string | null;
}

/** Everything that is sent to order one check; the outcome of a mapping that was not refused. */
export interface OrderRequest {
  product: Product;
  client: { guid: string; name: string };
  reference: string | null;
  applicant: ApplicantDetails;
  /** The provider sends the QuickApp invitation (M10). */
  notifyApplicant: boolean;
}
