import type { Collection } from './platform/open-api/complete-document.js';

const VERSION: Collection = {
  noun: 'version',
  listedBy: 'listInstallationVersions',
  idAt: ['items', 0, 'version'],
  missing: 'version_not_found',
};

/** What paths of the admin API name by an id, by the segment before it. */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
  installations: { noun: 'installation', listedBy: 'listInstallations', missing: 'installation_not_found' },
  versions: VERSION,
  // The newest with the oldest on the page.
  compare: { ...VERSION, idAt: ['items', -1, 'version'] },
  'signature-tokens': {
    noun: 'signature token',
    listedBy: 'readInstallation',
    idAt: ['signatureTokens', 0, 'id'],
    missing: 'signature_token_not_found',
  },
  orders: { noun: 'order', listedBy: 'listOrders', missing: 'order_not_found' },
  deliveries: { noun: 'delivery', listedBy: 'listDeliveries', missing: 'delivery_not_found' },
  'dead-letters': { noun: 'dead letter', listedBy: 'listDeadLetters', missing: 'dead_letter_not_found' },
  keys: { noun: 'admin key', listedBy: 'listKeys', missing: 'key_not_found' },
};
