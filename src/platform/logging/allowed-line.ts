/**
 * What may be in a line of the log, by an allow-list: a field that is not listed here, or does not look as it is
 * listed, is left out, whoever wrote it (A4).
 */
type Allowed = (value: unknown) => unknown;

const text =
  (form: RegExp): Allowed =>
  (value) =>
    typeof value === 'string' && form.test(value) ? value : undefined;

const number: Allowed = (value) => (typeof value === 'number' ? value : undefined);

const id = text(/^[\w-]{1,100}$/);
const code = text(/^[\w.-]{1,100}$/);
/** A sentence of ours, or of the queue: no `@`, no link, no number as long as a phone's. */
const sentence: Allowed = (value) =>
  typeof value === 'string' && /^[\w ,.:;/'()"-]{1,500}$/.test(value) && !/\d{7,}|:\/\//.test(value)
    ? value
    : undefined;

const members =
  (fields: Readonly<Record<string, Allowed>>): Allowed =>
  (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return keep(fields, value).kept;
  };

/** As `describeError` makes it. */
const error: Allowed = (value) =>
  members({
    type: code,
    code,
    message: text(/^[^@]{1,500}$/),
    stack: text(/^(\s+at [^\n]+\n?)+$/),
    cause: error,
  })(value);

const FIELDS: Readonly<Record<string, Allowed>> = {
  level: number,
  time: number,
  pid: number,
  hostname: text(/^[\w.-]{1,253}$/),
  context: text(/^\w{1,100}$/),
  req: members({ id, method: text(/^[A-Z]{1,20}$/) }),
  reqId: id,
  requestId: id,
  route: text(/^\/[\w/:.*-]{0,200}$/),
  status: number,
  responseTime: number,
  err: error,
  reason: sentence,
  job: code,
  jobId: id,
  attempt: number,
  count: number,
  delayMs: number,
  installationId: id,
  endsAt: text(/^[\d:.TZ-]{20,30}$/),
  orderId: id,
  traceId: id,
  clientGuid: id,
};

/** Who writes constant messages: our own classes, which a test holds to it, and Nest while it starts and ends. */
export const OUR_CONTEXTS: readonly string[] = [
  'AdminKeys',
  'AuditVerifications',
  'ChangeFeed',
  'CheckpointSealer',
  'DoorRegister',
  'EmbeddedUpkeep',
  'EnforceRetention',
  'IdempotentRequests',
  'Inbox',
  'IssuerKeys',
  'KeepLeverConnected',
  'LeverOAuth',
  'LeverTokenKeeper',
  'LostAccess',
  'InstallationSecrets',
  'MeasureInstallations',
  'PgBossJobs',
  'PlaceByHand',
  'ProblemFilter',
  'ReconcileAccount',
  'VictigScreeningProvider',
  'WatchHome',
  'logRequests',
  'TracingModule',
];
const NEST_CONTEXTS = [
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
];
const MESSAGES_OF = new Set([...OUR_CONTEXTS, ...NEST_CONTEXTS]);
const LEFT_OUT = '(left out)';

function keep(
  fields: Readonly<Record<string, Allowed>>,
  given: object,
): { kept: Record<string, unknown>; leftOut: number } {
  const kept: Record<string, unknown> = {};
  let leftOut = 0;
  for (const [name, value] of Object.entries(given)) {
    const allowed = Object.hasOwn(fields, name) ? fields[name]?.(value) : undefined;
    if (allowed === undefined) leftOut += 1;
    else kept[name] = allowed;
  }
  return { kept, leftOut };
}

function messageOf({ msg, context }: { msg?: unknown; context?: unknown }): string {
  const isConstant = typeof context === 'string' && MESSAGES_OF.has(context);
  return isConstant && typeof msg === 'string' ? msg : LEFT_OUT;
}

/**
 * The line as it may be written.
 * @param line one JSON object, as pino made it
 */
export function allowedLine(line: string): string {
  const given = JSON.parse(line) as Record<string, unknown>;
  const { msg: _msg, ...rest } = given;
  const { kept, leftOut } = keep(FIELDS, rest);
  // How many are missing is said, so that somebody notices and lists the field, or does not write it.
  const written = { ...kept, ...(leftOut === 0 ? {} : { fieldsLeftOut: leftOut }), msg: messageOf(given) };
  return `${JSON.stringify(written)}\n`;
}
