export const ROLES = ['viewer', 'operator', 'admin', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** What a route may demand. Reading an order and placing one are different rights (A5). */
export const RIGHTS = [
  'installations:read',
  'installations:check',
  'installations:write',
  'orders:read',
  'orders:preview',
  'orders:place',
  'orders:refresh',
  'orders:retry',
  'orders:cancel',
  'orders:discard',
  'orders:erase',
  'orders:hold',
  'deliveries:read',
  'deliveries:replay',
  'jobs:read',
  'jobs:settle',
  'keys:read',
  'keys:write',
  'audit:read',
  'audit:export',
  'audit:verify',
  'service:read',
  'service:resume',
] as const;
export type Right = (typeof RIGHTS)[number];

const READING: readonly Right[] = [
  'installations:read',
  'orders:read',
  'deliveries:read',
  'jobs:read',
  'keys:read',
  'service:read',
];

const RIGHTS_OF_ROLE: Record<Role, readonly Right[]> = {
  viewer: READING,
  operator: [
    ...READING,
    'installations:check',
    'orders:preview',
    'orders:place',
    'orders:refresh',
    'orders:retry',
    'orders:cancel',
    'orders:discard',
    'deliveries:replay',
    'jobs:settle',
  ],
  auditor: [...READING, 'audit:read', 'audit:export', 'audit:verify'],
  admin: RIGHTS,
};

export const roleHas = (role: Role, right: Right): boolean => RIGHTS_OF_ROLE[role].includes(right);

/** Whether one of several roles has a right. */
export const rolesHave = (roles: readonly Role[], right: Right): boolean =>
  roles.some((role) => roleHas(role, right));

/** Whether several roles together have every right of another. */
export const rolesCover = (roles: readonly Role[], other: Role): boolean =>
  RIGHTS_OF_ROLE[other].every((right) => rolesHave(roles, right));
