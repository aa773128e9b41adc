import { ConfigError, type AppConfig } from './platform/config/app-config.js';
import { DataDirInUse } from './platform/database/data-dir-lock.js';
import { DataDirUnusable } from './platform/database/data-dir.js';
import { NoDatabaseThere } from './platform/database/existing-database.js';
import { DataDirMoved } from './platform/database/moved-data-dir.js';

/** Their messages are whole sentences. */
const EXPLAINED = [ConfigError, DataDirInUse, DataDirMoved, DataDirUnusable, NoDatabaseThere];

const REFUSED_LOGIN =
  'The database refuses the role or the password in DATABASE_URL. Check both, and that the role exists and may log in.';
const UNTRUSTED =
  'The certificate of the database cannot be trusted. Check sslmode and sslrootcert in DATABASE_URL, or give Node its authority in NODE_EXTRA_CA_CERTS.';
const OTHER_SCHEMA =
  'The schema of the database is not that of this release. See that it is the right database, and bring it up to date by `npm run db:migrate`.';
const SILENT = 'The database does not answer. Check DATABASE_URL and that PostgreSQL runs.';

/** By the SQLSTATE or the code of the system. None repeats what was given: it may hold a password. */
const OF_DATABASE: Readonly<Record<string, string>> = {
  '3D000': 'The database that DATABASE_URL names does not exist. Create it, or mend the name.',
  '25006':
    'The database that DATABASE_URL names takes no writes: it is a standby, or its provider has closed it, as for a full disk. Give the address of the primary, or have it opened.',
  '28000': REFUSED_LOGIN,
  '28P01': REFUSED_LOGIN,
  '42501':
    'The role in DATABASE_URL may not do in the database what the service needs. Grant it as docs/grants.sql does, or give an owner of the schema.',
  '42703': OTHER_SCHEMA,
  '42883': OTHER_SCHEMA,
  '42P01': OTHER_SCHEMA,
  '53300': 'The database takes no more connections. Raise its max_connections, or lower DATABASE_POOL_SIZE.',
  '55P03':
    'The schema could not be brought up to date for minutes: another replica is at it, or a table is held, as by a dump or an open transaction. Look after it, then start again.',
  '57P03': 'The database that DATABASE_URL names is starting or shutting down. Start again when it is up.',
  ECONNREFUSED: SILENT,
  ECONNRESET: SILENT,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
  ETIMEDOUT: SILENT,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
};

/** Of `pg`, which has no codes for them. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [
    /server does not support SSL/i,
    'The database speaks no TLS, which sslmode in DATABASE_URL demands. Switch it on there, or leave sslmode out.',
  ],
  [/connection timeout|timeout expired/i, SILENT],
];

const UNRESOLVED: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN']);

type Listening = Pick<AppConfig, 'http'>;

/**
 * What a person can mend, in a sentence that names the variable; null for everything else.
 * @param config of a process that listens
 */
export function explainFailure(error: unknown, config?: Listening): string | null {
  if (!(error instanceof Error)) return null;
  if (EXPLAINED.some((kind) => error instanceof kind)) return error.message;
  const { code = '', syscall, hostname } = error as NodeJS.ErrnoException & { hostname?: string };
  if (UNRESOLVED.has(code)) {
    return config !== undefined && hostname === config.http.host
      ? 'The host that HOST names has no address. Give an address of this machine, such as 0.0.0.0.'
      : 'The host that DATABASE_URL names has no address. Mend the name, or look after the name server.';
  }
  if (syscall === 'listen') return explainListening(code, config);
  return OF_DATABASE[code] ?? BY_MESSAGE.find(([message]) => message.test(error.message))?.[1] ?? null;
}

function explainListening(code: string, config: Listening | undefined): string | null {
  const place = `Port ${config?.http.port} on ${config?.http.host}`;
  switch (code) {
    case 'EADDRINUSE':
      return `${place} is in use by another program. Stop it, or set PORT to another port.`;
    case 'EACCES':
      return `${place} may not be used by this user. Set PORT to 1024 or more.`;
    case 'EADDRNOTAVAIL':
      return `${place} is no place of this machine. Set HOST to one of its addresses, such as 0.0.0.0.`;
    default:
      return null;
  }
}
