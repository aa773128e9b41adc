import { z } from 'zod';
import { ROLES, type Role } from '../access/roles.js';
import {
  PROXY_REMEDY,
  isNetwork,
  list,
  optionalText,
  proxyUrl,
  unset,
  wholeNumber,
  yesOrNo,
} from './variable-types.js';

const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

/** `group=role[,group=role…]`; unset: groups are called like our roles. */
const rolesOfGroups = list.transform((pairs, context): ReadonlyMap<string, Role> => {
  if (pairs.length === 0) return new Map(ROLES.map((role) => [role, role]));
  const roles = new Map<string, Role>();
  for (const pair of pairs) {
    const [, group, role] = /^(.+)=(\w+)$/.exec(pair) ?? [];
    if (group === undefined || role === undefined || !isRole(role) || roles.has(group.trim())) {
      context.addIssue('malformed');
    } else roles.set(group.trim(), role);
  }
  return roles;
});

/** To the letter: some issuers end with a slash, and their tokens say so. */
const exactUrl = z.preprocess(unset, z.url({ protocol: /^https?$/, normalize: false }).optional());

/** Who may come in, how often, and from where (A5). */
export const accessVariables = {
  // A bearer token: with anything else nobody could come in.
  ADMIN_API_KEY: z.preprocess(
    unset,
    z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{24,200}$/)
      .optional(),
  ),
  OIDC_ISSUER: exactUrl,
  OIDC_AUDIENCE: optionalText,
  OIDC_JWKS_URL: exactUrl,
  OIDC_ROLES_CLAIM: z.preprocess(unset, z.string().max(200).default('roles')),
  OIDC_ROLES: rolesOfGroups,
  OIDC_INSTALLATION_CLAIM: z.preprocess(unset, z.string().max(200).optional()),
  ALLOW_PRIVATE_OIDC_HOSTS: yesOrNo,
  OIDC_PROXY_URL: proxyUrl,
  ADMIN_REQUESTS_PER_MINUTE: wholeNumber(6_000, 0, 10_000_000),
  ADDRESS_REQUESTS_PER_MINUTE: wholeNumber(12_000, 0, 10_000_000),
  ADDRESS_REFUSALS_PER_MINUTE: wholeNumber(600, 0, 10_000_000),
  TRUSTED_PROXIES: list.refine((networks) => networks.every(isNetwork)),
};

export const ACCESS_REMEDIES: Record<keyof typeof accessVariables, string> = {
  ADMIN_API_KEY:
    'Give 24 to 200 visible ASCII characters without a space, or leave it unset to have one made.',
  OIDC_ISSUER:
    'Give the issuer as it stands in the tokens, such as https://login.example.com, with https unless ALLOW_PRIVATE_OIDC_HOSTS is true.',
  OIDC_AUDIENCE: 'Give the audience that tokens for this service carry.',
  OIDC_JWKS_URL: 'Give the address of the key set, or leave it unset to have it looked up at the issuer.',
  OIDC_ROLES_CLAIM: 'Give the name of the claim that holds the roles, such as roles or realm_access.roles.',
  OIDC_ROLES: `Give group=role pairs separated by commas; roles are ${ROLES.join(', ')}.`,
  OIDC_INSTALLATION_CLAIM: 'Give the name of the claim that holds the id of the one installation.',
  ALLOW_PRIVATE_OIDC_HOSTS: 'Give true or false.',
  OIDC_PROXY_URL: PROXY_REMEDY,
  ADMIN_REQUESTS_PER_MINUTE: 'Give a whole number up to 10000000; 0 for no limit.',
  ADDRESS_REQUESTS_PER_MINUTE: 'Give a whole number up to 10000000; 0 for no limit.',
  ADDRESS_REFUSALS_PER_MINUTE: 'Give a whole number up to 10000000; 0 for no limit.',
  TRUSTED_PROXIES: 'Give addresses or networks separated by commas, such as 10.0.0.0/8.',
};

/** What is wrong about OIDC as a whole; null when nothing is. */
export function contradictionInOidc(
  read: (name: keyof typeof accessVariables) => string | undefined,
): { variable: keyof typeof accessVariables; problem: string } | null {
  const issuer = read('OIDC_ISSUER');
  if ((issuer === undefined) !== (read('OIDC_AUDIENCE') === undefined)) {
    const variable = issuer === undefined ? 'OIDC_ISSUER' : 'OIDC_AUDIENCE';
    return { variable, problem: 'is not set, though its other half is.' };
  }
  if (read('ALLOW_PRIVATE_OIDC_HOSTS') === 'true') return null;
  const plain = (['OIDC_ISSUER', 'OIDC_JWKS_URL'] as const).find((name) => read(name)?.startsWith('http:'));
  return plain === undefined ? null : { variable: plain, problem: 'is not https.' };
}

/** The part of the configuration tree that says who may come in. */
export function accessConfigOf(read: z.infer<z.ZodObject<typeof accessVariables>>) {
  const oidc =
    read.OIDC_ISSUER === undefined || read.OIDC_AUDIENCE === undefined
      ? null
      : {
          issuer: read.OIDC_ISSUER,
          audience: read.OIDC_AUDIENCE,
          jwksUrl: read.OIDC_JWKS_URL,
          rolesClaim: read.OIDC_ROLES_CLAIM,
          rolesOfGroups: read.OIDC_ROLES,
          installationClaim: read.OIDC_INSTALLATION_CLAIM,
          allowPrivateHosts: read.ALLOW_PRIVATE_OIDC_HOSTS,
          proxy: read.OIDC_PROXY_URL,
        };
  return {
    firstKey: read.ADMIN_API_KEY,
    oidc,
    limits: {
      ofCaller: read.ADMIN_REQUESTS_PER_MINUTE,
      ofAddress: read.ADDRESS_REQUESTS_PER_MINUTE,
      refusalsOfAddress: read.ADDRESS_REFUSALS_PER_MINUTE,
    },
    trustedProxies: read.TRUSTED_PROXIES,
  };
}
