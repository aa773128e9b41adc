import { createHash } from 'node:crypto';

/** A customer of the service: a Lever account, a VICTIG client and settings of its own. */
export interface Customer {
  name: string;
  account: string;
  apiKey: string;
  signatureToken: string;
  clientGuid: string;
  products: readonly string[];
  /** A branch that orders on its own account. */
  subClient: { name: string; guid: string } | null;
  statusPrefix: string;
  /** Sent as the installation's settings. */
  settings: Record<string, unknown>;
}

const guid = (name: string): string =>
  createHash('sha256')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');

const customer = (
  name: string,
  more: Pick<Customer, 'products' | 'statusPrefix' | 'settings'> & { branch?: string },
): Customer => ({
  name,
  account: `chaos-${name.toLowerCase()}`,
  apiKey: `chaos-key-of-${name.toLowerCase()}`,
  signatureToken: `chaos-signature-token-of-${name.toLowerCase()}`,
  clientGuid: guid(`client ${name}`),
  subClient: more.branch === undefined ? null : { name: more.branch, guid: guid(`client ${more.branch}`) },
  products: more.products,
  statusPrefix: more.statusPrefix,
  settings: { statusPrefix: more.statusPrefix, ...more.settings },
});

/** Refuses what it does not know, and orders once for good. */
export const STRICT = customer('Acme', {
  products: ['Criminal Package 1', 'Criminal Package 2'],
  statusPrefix: 'Background Check Status:',
  settings: {
    defaultProduct: 'Criminal Package 1',
    productPrefix: 'Product:',
    productMismatch: 'error',
    reorder: 'never',
  },
});

/** Has a branch, orders the default instead of refusing, and orders again whenever it is asked to. */
export const EAGER = customer('Borealis', {
  products: ['Driver Package', 'Driver Package Plus'],
  branch: 'Borealis North',
  statusPrefix: 'BGC -',
  settings: {
    defaultProduct: 'Driver Package',
    productPrefix: 'Package – ',
    productMismatch: 'default',
    subClientBy: 'clientName',
    subClientPrefix: 'Branch:',
    subClientMismatch: 'main',
    decision: { enabled: false, prefix: 'Verdict:' },
    reorder: 'always',
  },
});

/** Waits before it orders. */
export const PATIENT = customer('Castor', {
  products: ['Employment Verification'],
  statusPrefix: 'Check: ',
  settings: {
    defaultProduct: 'Employment Verification',
    productPrefix: null,
    flag: { enabled: false, prefix: 'Hit:' },
    reorder: 'never',
    holdSeconds: 8,
  },
});

export const CUSTOMERS: readonly Customer[] = [STRICT, EAGER, PATIENT];
