import { ROLES, type Role } from './roles.js';

/** Stands in the installation claim for all installations. */
const ALL_INSTALLATIONS = '*';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

type Claims = Readonly<Record<string, unknown>>;

/** A claim by its name, or by a path of names such as `realm_access.roles`; the name as it stands goes first. */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (inner, step) => (isClaims(inner) && Object.hasOwn(inner, step) ? inner[step] : undefined),
      claims,
    );
}

const isClaims = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The roles that a token gives, each once. What is no group of ours is passed over. */
export function rolesIn(claims: Claims, name: string, rolesOfGroups: ReadonlyMap<string, Role>): Role[] {
  const groups = [claimOf(claims, name)].flat();
  const given = new Set(
    groups.map((group) => (typeof group === 'string' ? rolesOfGroups.get(group) : undefined)),
  );
  return ROLES.filter((role) => given.has(role));
}

/**
 * The one installation that a token is bound to, or null for all.
 * @param name undefined when no claim binds tokens: then all of them are for all installations
 * @returns undefined when the claim is lacking or says nothing that is understood: the token is then good for nothing
 */
export function installationIn(claims: Claims, name: string | undefined): string | null | undefined {
  if (name === undefined) return null;
  const value = claimOf(claims, name);
  if (value === ALL_INSTALLATIONS) return null;
  return typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : undefined;
}
