import { isIP } from 'node:net';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';
import { ACCESS_REMEDIES, accessConfigOf, accessVariables, contradictionInOidc } from './access-variables.js';
import { mixedLeverHosts } from './lever-hosts.js';
import { list, optionalText, unset, webUrl, wholeNumber, yesOrNo } from './variable-types.js';

/** One thing that is wrong with the environment, with what to do about it. */
export interface ConfigFault {
  variable: string;
  problem: string;
  remedy: string;
}

/** The environment cannot be used; lists every fault at once. Its message is meant for a terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly ConfigFault[]) {
    super(
      [
        'The service cannot start: its environment has faults.',
        ...faults.map((fault) => `  ${fault.variable}: ${fault.problem} ${fault.remedy}`),
      ].join('\n'),
    );
  }
}

const DEFAULTS = {
  leverApi: 'https://api.lever.co/v1',
  leverAuth: 'https://auth.lever.co',
  victigApi: 'https://api.instascreen.net/v1',
} as const;

const postgresUrl = z.preprocess(unset, z.url({ protocol: /^postgres(ql)?$/ }).optional());

const hostList = list
  .transform((hosts) => hosts.map((host) => host.toLowerCase()))
  .refine((hosts) => hosts.every((host) => /^[a-z0-9.-]+(:\d+)?$/.test(host)));

const KEY_BYTES = 32;

const encryptionKeys = z.preprocess(
  unset,
  z.string().transform((text, context) => {
    const keys = text.split(',').map((part) => {
      const [id = '', encoded = ''] = part.trim().split(/:(.*)/s);
      return { id, key: Buffer.from(encoded, 'base64') };
    });
    const wellFormed = keys.every(({ id, key }) => /^[\w-]{1,32}$/.test(id) && key.length === KEY_BYTES);
    const distinct = new Set(keys.map(({ id }) => id)).size === keys.length;
    if (!wellFormed || !distinct) context.addIssue('malformed');
    return keys;
  }),
);

const environment = z.object({
  PORT: wholeNumber(3000, 0, 65_535),
  HOST: optionalText,
  DATABASE_URL: postgresUrl,
  DATABASE_POOL_SIZE: wholeNumber(10, 2, 200),
  DATA_DIR: z.preprocess(unset, z.string().default('./data')),
  PUBLIC_URL: z.preprocess(unset, webUrl(undefined).optional()),
  ENCRYPTION_KEYS: encryptionKeys,
  ...accessVariables,
  LEVER_API_URL: webUrl(DEFAULTS.leverApi),
  LEVER_AUTH_URL: webUrl(DEFAULTS.leverAuth),
  LEVER_CLIENT_ID: optionalText,
  LEVER_CLIENT_SECRET: optionalText,
  LEVER_REQUESTS_PER_SECOND: wholeNumber(10, 1, 100_000),
  LEVER_BURST: wholeNumber(20, 1, 100_000),
  VICTIG_API_URL: webUrl(DEFAULTS.victigApi),
  VICTIG_API_TOKEN: optionalText,
  VICTIG_WEBHOOK_SECRET: optionalText,
  VICTIG_DECISION_FIELD: z.preprocess(unset, z.string().regex(/^\w+$/).default('decision')),
  VICTIG_REPORT_HOSTS: hostList,
  VICTIG_REQUESTS_PER_SECOND: wholeNumber(5, 1, 100_000),
  VICTIG_BURST: wholeNumber(10, 1, 100_000),
  VICTIG_REQUESTS_PER_DAY: wholeNumber(20_000, 1, 999_999_999),
  ALLOW_PRIVATE_VENDOR_HOSTS: yesOrNo,
  RECONCILE_INTERVAL_SECONDS: wholeNumber(300, 1, 86_400),
  ERROR_AFTER_SECONDS: wholeNumber(900, 0, 86_400),
  RETENTION_DAYS: wholeNumber(90, 1, 36_500),
  AUDIT_CHECKPOINT_SECONDS: wholeNumber(300, 1, 86_400),
  LOG_LEVEL: z.preprocess(
    unset,
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ),
});

const REMEDIES: Record<keyof z.infer<typeof environment>, string> = {
  PORT: 'Give a port from 0 to 65535.',
  HOST: 'Give an address to listen on, such as 0.0.0.0.',
  DATABASE_URL:
    'Give postgres://user:password@host:5432/database, or leave it unset for the embedded database.',
  DATABASE_POOL_SIZE: 'Give a whole number from 2 to 200.',
  DATA_DIR: 'Give a folder that the service may write to.',
  PUBLIC_URL:
    'Give the address under which people and webhooks reach the service, such as https://bgc.example.com.',
  ENCRYPTION_KEYS:
    'Give id:base64key with 32 random bytes, for instance ENCRYPTION_KEYS="k1:$(openssl rand -base64 32)"; several are separated by commas, the first is used to write. Keep it safe: without it stored credentials cannot be read.',
  ...ACCESS_REMEDIES,
  LEVER_API_URL: `Give a URL with its /v1, such as ${DEFAULTS.leverApi}.`,
  LEVER_AUTH_URL: `Give a URL, such as ${DEFAULTS.leverAuth}.`,
  LEVER_CLIENT_ID: 'Give the client id of your Lever OAuth app.',
  LEVER_CLIENT_SECRET: 'Give the client secret of your Lever OAuth app.',
  LEVER_REQUESTS_PER_SECOND: 'Give a whole number of at least 1.',
  LEVER_BURST: 'Give a whole number of at least 1.',
  VICTIG_API_URL: `Give a URL with its /v1, such as ${DEFAULTS.victigApi}.`,
  VICTIG_API_TOKEN: 'Give the API token that VICTIG issued.',
  VICTIG_WEBHOOK_SECRET: 'Give the value of the Authorization header that VICTIG sends.',
  VICTIG_DECISION_FIELD: 'Give the name of a field: letters, digits and underscores.',
  VICTIG_REPORT_HOSTS: 'Give host names separated by commas, such as victig.instascreen.net.',
  VICTIG_REQUESTS_PER_SECOND: 'Give a whole number of at least 1.',
  VICTIG_BURST: 'Give a whole number of at least 1.',
  VICTIG_REQUESTS_PER_DAY: 'Give a whole number of at least 1.',
  ALLOW_PRIVATE_VENDOR_HOSTS: 'Give true or false.',
  RECONCILE_INTERVAL_SECONDS: 'Give a whole number of seconds from 1 to 86400.',
  ERROR_AFTER_SECONDS: 'Give a whole number of seconds from 0 to 86400.',
  RETENTION_DAYS: 'Give a whole number of days from 1 to 36500.',
  AUDIT_CHECKPOINT_SECONDS: 'Give a whole number of seconds from 1 to 86400.',
  LOG_LEVEL: 'Give one of fatal, error, warn, info, debug, trace, silent.',
};

function faultsOf(env: NodeJS.ProcessEnv, error: z.ZodError): ConfigFault[] {
  const variables = [...new Set(error.issues.map((issue) => String(issue.path[0])))];
  return variables.map((variable) => ({
    variable,
    // The value is not repeated: it may be a secret.
    problem: env[variable] ? 'is not usable.' : 'is not set.',
    remedy: REMEDIES[variable as keyof typeof REMEDIES],
  }));
}

/** What only several variables together show to be wrong. */
function contradictionsIn(env: NodeJS.ProcessEnv): ConfigFault[] {
  const read = (name: keyof typeof REMEDIES): string | undefined => env[name] || undefined;
  const faults: ConfigFault[] = [];
  const [id, secret] = [read('LEVER_CLIENT_ID'), read('LEVER_CLIENT_SECRET')];
  if ((id === undefined) !== (secret === undefined)) {
    const variable = id === undefined ? 'LEVER_CLIENT_ID' : 'LEVER_CLIENT_SECRET';
    faults.push({ variable, problem: 'is not set, though its other half is.', remedy: REMEDIES[variable] });
  }
  const oidc = contradictionInOidc(read);
  if (oidc !== null) faults.push({ ...oidc, remedy: REMEDIES[oidc.variable] });
  // Without an OAuth app the authorization server is never asked, so that its default need not fit.
  const authUrl = read('LEVER_AUTH_URL') ?? (id === undefined ? undefined : DEFAULTS.leverAuth);
  const apiUrl = read('LEVER_API_URL') ?? DEFAULTS.leverApi;
  const problem = authUrl === undefined ? null : mixedLeverHosts(apiUrl, authUrl);
  if (problem !== null) {
    const remedy =
      'Give https://auth.lever.co with https://api.lever.co/v1, or https://sandbox-lever.auth0.com with https://api.sandbox.lever.co/v1.';
    faults.push({ variable: 'LEVER_AUTH_URL', problem, remedy });
  }
  return faults;
}

function freeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) {
    if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) freeze(value as object);
  }
  return Object.freeze(tree);
}

/**
 * Reads the environment once into a frozen tree (names in spec section 11).
 * @throws ConfigError with all faults at once.
 */
export function readConfig(env: NodeJS.ProcessEnv) {
  const parsed = environment.safeParse(env);
  const contradictions = contradictionsIn(env);
  if (!parsed.success) throw new ConfigError([...faultsOf(env, parsed.error), ...contradictions]);
  if (contradictions.length > 0) throw new ConfigError(contradictions);
  const read = parsed.data;
  const host = read.HOST ?? '127.0.0.1';
  const shownHost = isIP(host) === 6 ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  return freeze({
    http: { host, port: read.PORT, publicUrl: read.PUBLIC_URL ?? `http://${shownHost}:${read.PORT}` },
    database: { url: read.DATABASE_URL, poolSize: read.DATABASE_POOL_SIZE, dataDir: read.DATA_DIR },
    encryption: { keys: read.ENCRYPTION_KEYS },
    access: accessConfigOf(read),
    lever: {
      apiUrl: read.LEVER_API_URL,
      authUrl: read.LEVER_AUTH_URL,
      clientId: read.LEVER_CLIENT_ID,
      clientSecret: read.LEVER_CLIENT_SECRET,
      requestsPerSecond: read.LEVER_REQUESTS_PER_SECOND,
      burst: read.LEVER_BURST,
    },
    victig: {
      apiUrl: read.VICTIG_API_URL,
      apiToken: read.VICTIG_API_TOKEN,
      webhookSecret: read.VICTIG_WEBHOOK_SECRET,
      decisionField: read.VICTIG_DECISION_FIELD,
      reportHosts: read.VICTIG_REPORT_HOSTS,
      requestsPerSecond: read.VICTIG_REQUESTS_PER_SECOND,
      burst: read.VICTIG_BURST,
      requestsPerDay: read.VICTIG_REQUESTS_PER_DAY,
    },
    outgoing: { allowPrivateHosts: read.ALLOW_PRIVATE_VENDOR_HOSTS },
    orders: {
      reconcileIntervalSeconds: read.RECONCILE_INTERVAL_SECONDS,
      errorAfterSeconds: read.ERROR_AFTER_SECONDS,
      retentionDays: read.RETENTION_DAYS,
    },
    audit: { checkpointSeconds: read.AUDIT_CHECKPOINT_SECONDS },
    logging: { level: read.LOG_LEVEL },
  });
}

/** The configuration tree in Nest's container: inject with `@Inject(appConfig.KEY) config: AppConfig`. */
export const appConfig = registerAs('app', () => readConfig(process.env));
export type AppConfig = Readonly<ConfigType<typeof appConfig>>;
