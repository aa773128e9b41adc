import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../errors/domain-error.js';
import type { Role } from './roles.js';

/** Who makes an admin call. */
export interface Principal {
  /** As the audit trail names it, e.g. `admin_key:<id>`. */
  actor: string;
  role: Role;
  /** The only installation this principal may know of; null for all. */
  installationId: string | null;
  /** When its key expires; null: never. */
  expiresAt: Date | null;
}

export interface AuthenticatedRequest {
  principal?: Principal;
}

/** The principal of the running admin call. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!principal) throw new DomainError('unauthenticated', 'unauthenticated', 'An admin key is needed.');
    return principal;
  },
);

export const mayKnow = (principal: Principal, installationId: string): boolean =>
  principal.installationId === null || principal.installationId === installationId;
