import { DomainError } from '../errors/domain-error.js';
import type { Principal } from './principal.js';

/** For what concerns every installation. @throws DomainError `bound_key` */
export function refuseBound({ installationId }: Principal): void {
  if (installationId === null) return;
  throw new DomainError(
    'forbidden',
    'bound_key',
    'This key is bound to one installation and cannot do what concerns them all.',
  );
}
