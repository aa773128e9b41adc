import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../errors/domain-error.js';
import type { Role } from './roles.js';

/** Who makes an admin call. */
export interface Principal {
  /** As the audit trail names it: `admin_key:<id>` or `oidc:<digest of issuer and subject>`. */
  actor: string;
  /** One for a key; a token may bring several, or none. */
  roles: readonly Role[];
  /** The only installation this principal may know of; null for all. */
  installationId: string | null;
  /** When its key or token expires; null: never. */
  expiresAt: Date | null;
}

export interface AuthenticatedRequest {
  principal?: Principal;
}

/** The principal of the running admin call. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!principal)
      throw new DomainError('unauthenticated', 'unauthenticated', 'An admin key or token is needed.');
    return principal;
  },
);

export const mayKnow = (principal: Principal, installationId: string): boolean =>
  principal.installationId === null || principal.installationId === installationId;
