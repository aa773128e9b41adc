import { isIP } from 'node:net';
import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';
import { readKeys, withKeysOfFile, type KeysFault } from './encryption-keys.js';
import { ACCESS_REMEDIES, accessConfigOf, accessVariables, contradictionInOidc } from './access-variables.js';
import { mixedLeverHosts } from './lever-hosts.js';
import { OTEL_REMEDIES, otelVariables, tracingConfigOf } from './otel-variables.js';
import { CALLBACK_SECRETS } from '../webhooks/callback-secrets.js';
import {
  PROXY_REMEDY,
  apiUrl,
  baseUrl,
  credential,
  list,
  optionalCredential,
  optionalText,
  proxyUrl,
  unset,
  wholeNumber,
  yesOrNo,
} from './variable-types.js';

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

/** Compared to the letter by Lever, where the slash at the end belongs to it. */
const audience = z.preprocess(
  unset,
  z
    .url({ protocol: /^https?$/, normalize: false })
    .endsWith('/')
    .optional(),
);

const postgresUrl = z.preprocess(unset, z.url({ protocol: /^postgres(ql)?$/ }).optional());

const hostList = list
  .transform((hosts) => hosts.map((host) => host.toLowerCase()))
  .refine((hosts) => hosts.every((host) => /^[a-z0-9.-]+(:\d+)?$/.test(host)));

const encryptionKeys = z.preprocess(
  unset,
  z.string().transform((text, context) => {
    const keys = readKeys(text);
    if (typeof keys !== 'string') return keys;
    context.addIssue(keys);
    return z.NEVER;
  }),
);

const DOOR_PATIENCE_MS = 8_000;

const databaseVariables = z.object({
  DATABASE_URL: postgresUrl,
  DATABASE_POOL_SIZE: wholeNumber(10, 2, 200),
  DATABASE_PATIENCE_SECONDS: wholeNumber(30, 1, 3_600),
  DATABASE_FAILOVER_LOSES_NOTHING: yesOrNo,
  DATA_DIR: z.preprocess(unset, z.string().default('./data')),
});

const environment = z.object({
  PORT: wholeNumber(3000, 0, 65_535),
  HOST: optionalText,
  ...databaseVariables.shape,
  PUBLIC_URL: z.preprocess(unset, baseUrl(undefined).optional()),
  ENCRYPTION_KEYS: encryptionKeys,
  ENCRYPTION_KEYS_FILE: optionalText,
  ...accessVariables,
  LEVER_API_URL: apiUrl(DEFAULTS.leverApi),
  LEVER_AUTH_URL: baseUrl(DEFAULTS.leverAuth),
  LEVER_AUDIENCE: audience,
  LEVER_CLIENT_ID: optionalCredential,
  LEVER_CLIENT_SECRET: optionalCredential,
  LEVER_REQUESTS_PER_SECOND: wholeNumber(10, 1, 100_000),
  LEVER_BURST: wholeNumber(20, 1, 100_000),
  VICTIG_API_URL: apiUrl(DEFAULTS.victigApi),
  VICTIG_API_TOKEN: optionalCredential,
  VICTIG_WEBHOOK_SECRET: z.preprocess(unset, credential.regex(CALLBACK_SECRETS).optional()),
  VICTIG_DECISION_FIELD: z.preprocess(unset, z.string().regex(/^\w+$/).default('decision')),
  VICTIG_REPORT_HOSTS: hostList,
  VICTIG_REQUESTS_PER_SECOND: wholeNumber(5, 1, 100_000),
  VICTIG_BURST: wholeNumber(10, 1, 100_000),
  VICTIG_REQUESTS_PER_DAY: wholeNumber(20_000, 1, 999_999_999),
  ALLOW_PRIVATE_VENDOR_HOSTS: yesOrNo,
  VENDOR_PROXY_URL: proxyUrl,
  RECONCILE_INTERVAL_SECONDS: wholeNumber(300, 1, 86_400),
  ERROR_AFTER_SECONDS: wholeNumber(900, 0, 86_400),
  RETENTION_DAYS: wholeNumber(90, 1, 36_500),
  AUDIT_CHECKPOINT_SECONDS: wholeNumber(300, 1, 86_400),
  AUDIT_VERIFY_HOURS: wholeNumber(24, 1, 8_760),
  METRICS_FRESH_SECONDS: wholeNumber(15, 1, 3_600),
  ...otelVariables,
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
  DATABASE_PATIENCE_SECONDS: 'Give a whole number of seconds from 1 to 3600.',
  DATABASE_FAILOVER_LOSES_NOTHING: 'Give true or false.',
  DATA_DIR: 'Give a folder that the service may write to.',
  PUBLIC_URL:
    'Give the address under which people and webhooks reach the service, such as https://bgc.example.com, without a query, a fragment or credentials.',
  ENCRYPTION_KEYS:
    'Give id:base64key with 32 random bytes, for instance ENCRYPTION_KEYS="k1:$(openssl rand -base64 32)"; several are separated by commas, the first is used to write. Keep it safe: without it stored credentials cannot be read.',
  ENCRYPTION_KEYS_FILE:
    'Give the path of a file that the service may read, with one id:base64key a line, or set ENCRYPTION_KEYS; not both.',
  ...ACCESS_REMEDIES,
  LEVER_API_URL: `Give a URL that ends with /v1, such as ${DEFAULTS.leverApi}, without credentials.`,
  LEVER_AUTH_URL: `Give a URL, such as ${DEFAULTS.leverAuth}, without a query, a fragment or credentials.`,
  LEVER_AUDIENCE:
    'Give the API that tokens are for, with a slash at its end, such as https://api.lever.co/v1/; unset it is LEVER_API_URL with a slash.',
  LEVER_CLIENT_ID: 'Give the client id of your Lever OAuth app: one line of ASCII characters.',
  LEVER_CLIENT_SECRET: 'Give the client secret of your Lever OAuth app: one line of ASCII characters.',
  LEVER_REQUESTS_PER_SECOND: 'Give a whole number from 1 to 100000.',
  LEVER_BURST: 'Give a whole number from 1 to 100000.',
  VICTIG_API_URL: `Give a URL that ends with /v1, such as ${DEFAULTS.victigApi}, without credentials.`,
  VICTIG_API_TOKEN: 'Give the API token that VICTIG issued: one line of ASCII characters.',
  VICTIG_WEBHOOK_SECRET:
    'Give the value of the Authorization header that VICTIG sends, of at least 8 characters and without a comma: one separates two, and no more, while they are rotated; ASCII characters only.',
  VICTIG_DECISION_FIELD: 'Give the name of a field: letters, digits and underscores.',
  VICTIG_REPORT_HOSTS: 'Give host names separated by commas, such as victig.instascreen.net.',
  VICTIG_REQUESTS_PER_SECOND: 'Give a whole number from 1 to 100000.',
  VICTIG_BURST: 'Give a whole number from 1 to 100000.',
  VICTIG_REQUESTS_PER_DAY: 'Give a whole number from 1 to 999999999.',
  ALLOW_PRIVATE_VENDOR_HOSTS: 'Give true or false.',
  VENDOR_PROXY_URL: PROXY_REMEDY,
  RECONCILE_INTERVAL_SECONDS: 'Give a whole number of seconds from 1 to 86400.',
  ERROR_AFTER_SECONDS: 'Give a whole number of seconds from 0 to 86400.',
  RETENTION_DAYS: 'Give a whole number of days from 1 to 36500.',
  AUDIT_CHECKPOINT_SECONDS: 'Give a whole number of seconds from 1 to 86400.',
  AUDIT_VERIFY_HOURS: 'Give a whole number of hours from 1 to 8760.',
  METRICS_FRESH_SECONDS: 'Give a whole number of seconds from 1 to 3600.',
  ...OTEL_REMEDIES,
  LOG_LEVEL: 'Give one of fatal, error, warn, info, debug, trace, silent.',
};

const KEYS_PROBLEMS: Readonly<Record<Exclude<KeysFault, 'malformed'>, string>> = {
  weak: 'holds a key that is not random: repeated bytes, or text that was typed.',
  id_twice: 'gives one id to two keys.',
  key_twice: 'holds one key under two ids.',
};

/** Where more can be said than that a variable is not usable. */
function problemOf(variable: string, error: z.ZodError): string | null {
  const isSaid = (fault: string): boolean =>
    error.issues.some(({ path, message }) => path[0] === variable && message === fault);
  return Object.entries(KEYS_PROBLEMS).find(([fault]) => isSaid(fault))?.[1] ?? null;
}

function faultsOf(env: NodeJS.ProcessEnv, error: z.ZodError): ConfigFault[] {
  const variables = [...new Set(error.issues.map((issue) => String(issue.path[0])))];
  return variables.map((variable) => ({
    variable,
    // The value is not repeated: it may be a secret.
    problem: problemOf(variable, error) ?? (env[variable] ? 'is not usable.' : 'is not set.'),
    remedy: REMEDIES[variable as keyof typeof REMEDIES],
  }));
}

/** Keys that came from a file, or should have, are mended there. */
function sayWhereKeysAre(given: NodeJS.ProcessEnv, fault: ConfigFault): ConfigFault {
  const isOfFile = given['ENCRYPTION_KEYS_FILE'] && !given['ENCRYPTION_KEYS'];
  if (fault.variable !== 'ENCRYPTION_KEYS' || !isOfFile) return fault;
  const problem =
    fault.problem === 'is not set.' ? 'names a file that cannot be read, or is empty.' : fault.problem;
  return { variable: 'ENCRYPTION_KEYS_FILE', problem, remedy: REMEDIES.ENCRYPTION_KEYS_FILE };
}

/** What only several variables together show to be wrong. */
function contradictionsIn(env: NodeJS.ProcessEnv): ConfigFault[] {
  const read = (name: keyof typeof REMEDIES): string | undefined => env[name] || undefined;
  const faults: ConfigFault[] = [];
  if (read('ENCRYPTION_KEYS') !== undefined && read('ENCRYPTION_KEYS_FILE') !== undefined) {
    const remedy = REMEDIES.ENCRYPTION_KEYS_FILE;
    faults.push({ variable: 'ENCRYPTION_KEYS_FILE', problem: 'is set beside ENCRYPTION_KEYS.', remedy });
  }
  const [id, secret] = [read('LEVER_CLIENT_ID'), read('LEVER_CLIENT_SECRET')];
  if ((id === undefined) !== (secret === undefined)) {
    const variable = id === undefined ? 'LEVER_CLIENT_ID' : 'LEVER_CLIENT_SECRET';
    faults.push({ variable, problem: 'is not set, though its other half is.', remedy: REMEDIES[variable] });
  }
  const oidc = contradictionInOidc(read);
  if (oidc !== null) faults.push({ ...oidc, remedy: REMEDIES[oidc.variable] });
  const mixed = mixedLever(read);
  if (mixed !== null) {
    const remedy =
      'Give https://auth.lever.co with https://api.lever.co/v1, or https://sandbox-lever.auth0.com with https://api.sandbox.lever.co/v1, and LEVER_AUDIENCE not at all or of the same.';
    faults.push({ ...mixed, remedy });
  }
  return faults;
}

/** Without an OAuth app the authorization server is never asked, so that its default need not fit. */
function mixedLever(read: (name: keyof typeof REMEDIES) => string | undefined) {
  const authUrl =
    read('LEVER_AUTH_URL') ?? (read('LEVER_CLIENT_ID') === undefined ? undefined : DEFAULTS.leverAuth);
  const apiUrl = read('LEVER_API_URL') ?? DEFAULTS.leverApi;
  return authUrl === undefined
    ? null
    : mixedLeverHosts({ apiUrl, authUrl, audience: read('LEVER_AUDIENCE') ?? apiUrl });
}

function freeze<T extends object>(tree: T): T {
  for (const value of Object.values(tree)) {
    if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) freeze(value as object);
  }
  return Object.freeze(tree);
}

function databaseConfigOf(read: z.infer<typeof databaseVariables>) {
  return {
    url: read.DATABASE_URL,
    poolSize: read.DATABASE_POOL_SIZE,
    dataDir: read.DATA_DIR,
    // A standby that takes over is then not looked upon as a restored copy (docs/adr/0026).
    failoverLosesNothing: read.DATABASE_FAILOVER_LOSES_NOTHING,
    patienceMs: read.DATABASE_PATIENCE_SECONDS * 1_000,
    // Whoever delivers has a patience of its own, which is not known, and comes again.
    doorPatienceMs: Math.min(DOOR_PATIENCE_MS, read.DATABASE_PATIENCE_SECONDS * 1_000),
  };
}

/**
 * Reads where the database is, and nothing else: for commands that need no key.
 * @throws ConfigError with all faults of these variables at once.
 */
export function readDatabaseConfig(env: NodeJS.ProcessEnv) {
  const parsed = databaseVariables.safeParse(env);
  if (!parsed.success) throw new ConfigError(faultsOf(env, parsed.error));
  return freeze({ database: databaseConfigOf(parsed.data) });
}

/**
 * Reads the environment once into a frozen tree; `.env.example` explains each variable.
 * @throws ConfigError with all faults at once.
 */
export function readConfig(given: NodeJS.ProcessEnv) {
  const env = withKeysOfFile(given) ?? given;
  const parsed = environment.safeParse(env);
  const contradictions = contradictionsIn(given);
  if (!parsed.success) {
    const faults = faultsOf(env, parsed.error).map((fault) => sayWhereKeysAre(given, fault));
    throw new ConfigError([...faults, ...contradictions]);
  }
  if (contradictions.length > 0) throw new ConfigError(contradictions);
  const read = parsed.data;
  const host = read.HOST ?? '127.0.0.1';
  const shownHost = isIP(host) === 6 ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  return freeze({
    http: { host, port: read.PORT, publicUrl: read.PUBLIC_URL ?? `http://${shownHost}:${read.PORT}` },
    database: databaseConfigOf(read),
    encryption: { keys: read.ENCRYPTION_KEYS },
    access: accessConfigOf(read),
    lever: {
      apiUrl: read.LEVER_API_URL,
      authUrl: read.LEVER_AUTH_URL,
      // With its slash: without it Lever grants nothing that can be used.
      audience: read.LEVER_AUDIENCE ?? `${read.LEVER_API_URL}/`,
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
    outgoing: { allowPrivateHosts: read.ALLOW_PRIVATE_VENDOR_HOSTS, proxy: read.VENDOR_PROXY_URL },
    orders: {
      reconcileIntervalSeconds: read.RECONCILE_INTERVAL_SECONDS,
      errorAfterSeconds: read.ERROR_AFTER_SECONDS,
      retentionDays: read.RETENTION_DAYS,
    },
    audit: { checkpointSeconds: read.AUDIT_CHECKPOINT_SECONDS, verifyHours: read.AUDIT_VERIFY_HOURS },
    metrics: { freshSeconds: read.METRICS_FRESH_SECONDS },
    tracing: tracingConfigOf(read),
    logging: { level: read.LOG_LEVEL },
  });
}

/** The configuration tree in Nest's container: inject with `@Inject(appConfig.KEY) config: AppConfig`. */
export const appConfig = registerAs('app', () => readConfig(process.env));
export type AppConfig = Readonly<ConfigType<typeof appConfig>>;
