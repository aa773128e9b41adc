export const ROLES = ['viewer', 'operator', 'admin', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** What a route may demand. Reading an order and placing one are different rights (A5). */
export const RIGHTS = ['installations:read', 'installations:write', 'orders:read', 'orders:preview'] as const;
export type Right = (typeof RIGHTS)[number];

const READING: readonly Right[] = ['installations:read', 'orders:read'];

const RIGHTS_OF_ROLE: Record<Role, readonly Right[]> = {
  viewer: READING,
  operator: [...READING, 'orders:preview'],
  auditor: READING,
  admin: RIGHTS,
};

export const roleHas = (role: Role, right: Right): boolean => RIGHTS_OF_ROLE[role].includes(right);
