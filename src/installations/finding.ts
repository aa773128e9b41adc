export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * All that a check can find: how bad it is, and one sentence that says what to do. `{facts}` are filled in.
 * Explained one by one in docs/installation-check.md.
 */
export const FINDINGS = {
  lever_credentials_missing: ['error', 'Connect Lever: by an OAuth link, or by an API key.'],
  lever_refused: [
    'error',
    'Connect Lever again, by an OAuth link or by an API key that is in use: it refuses the credentials.',
  ],
  lever_permission_missing: ['error', 'Give the Lever credentials the permission {permission}.'],
  lever_not_verified: [
    'warning',
    'Give the Lever credentials the permission {permission} to have this verified; ordering does without it.',
  ],
  lever_list_missing: [
    'warning',
    'Place a test order before you rely on it: Lever does not answer {operation} as documented, so the permission for it could not be verified.',
  ],
  lever_access_ends: [
    'warning',
    'Have a Super Admin open a new OAuth link before {date}: the access that Lever granted ends then.',
  ],
  lever_unreachable: [
    'error',
    'Try again in a minute: Lever did not answer {operation} as it should, so it could not be verified.',
  ],
  lever_clock_skew: [
    'warning',
    "Set this machine's clock: it differs from Lever's by {seconds} seconds, and signatures are judged by time.",
  ],
  perform_as_unknown: ['error', 'Set lever.performAs to the id of a user in Lever, or to null.'],
  perform_as_deactivated: [
    'error',
    'Set lever.performAs to an active user, or activate {name} in Lever again.',
  ],
  perform_as_missing: ['error', 'Set lever.performAs, which attachReport needs, or switch attachReport off.'],
  trigger_stage_not_set: ['error', 'Name at least one stage that orders a check.'],
  trigger_stage_unknown: [
    'error',
    'Choose another trigger stage, or connect the right Lever account: this one has none with the id {stageId}; list the stages.',
  ],
  trigger_stage_found: ['info', 'Nothing is to be done: candidates who reach {name} are checked.'],
  secret_unreadable: [
    'error',
    'Set {secret} again, or configure its encryption key: what is stored cannot be opened, for it was changed or that key is missing.',
  ],
  signature_token_missing: ['error', 'Add the signature token of the Lever webhook.'],
  webhook_missing: [
    'warning',
    'Create the webhook, by hand in Lever or by POST …/webhook: Lever sends no stage changes here.',
  ],
  webhook_several: [
    'warning',
    'Remove all but one of the {count} webhooks in Lever that send stage changes here.',
  ],
  webhook_found: ['info', 'Nothing is to be done: a webhook in Lever sends stage changes here.'],
  delivery_never_seen: [
    'warning',
    'Move a test candidate to another stage in Lever: no delivery was ever received; if none comes, a Super Admin has to switch on the group "Candidate Stage Change" in Settings, Integrations and API, Webhooks.',
  ],
  delivery_long_ago: [
    'warning',
    'Move a test candidate to another stage in Lever: the last delivery came {days} days ago.',
  ],
  deliveries_refused: [
    'warning',
    'Add the signature token that Lever shows for its webhook, if it is not among those here: none of them fits a delivery that was refused at {time}; if it is, a stranger sent that one.',
  ],
  public_url_not_https: [
    'error',
    'Set PUBLIC_URL to the https address of this service: Lever delivers only to HTTPS.',
  ],
  victig_token_missing: ['error', 'Set a VICTIG API token here, or VICTIG_API_TOKEN for the whole service.'],
  victig_refused: ['error', 'VICTIG refuses the API token: set one that is in use at VICTIG.'],
  victig_permission_missing: ['error', 'Have VICTIG allow the API token {operation}.'],
  victig_unreachable: [
    'error',
    'Try again in a minute: VICTIG did not answer {operation} as it should, so it could not be verified.',
  ],
  victig_clock_skew: ['warning', "Set this machine's clock: it differs from VICTIG's by {seconds} seconds."],
  victig_token_reads_no_cities: [
    'error',
    'Fill settings.clientCities, or use a VICTIG token of type CLIENT: this one may not read the cities of clients.',
  ],
  victig_client_unknown: [
    'error',
    'Set victig.clientGuid to a client that the token may see; list the clients.',
  ],
  victig_client_not_active: ['error', 'Have VICTIG activate the client again: its status is {status}.'],
  victig_rows_unreadable: [
    'warning',
    'Have VICTIG mend its list of {list}: {count} of its rows have no id or no name, and are taken for not there.',
  ],
  victig_secret_missing: [
    'warning',
    'Set victig.webhookSecret here, or VICTIG_WEBHOOK_SECRET: without it orders are followed only by polling.',
  ],
  default_product_unknown: [
    'error',
    'Set settings.defaultProduct to a product of the main client: there is no {product}; the nearest is {nearest}.',
  ],
  product_name_twice: [
    'warning',
    'Have VICTIG rename one of the products of the main client called {product}: a name must mean one product.',
  ],
  product_without_quickapp: [
    'warning',
    'Have VICTIG switch QuickApp on for the default product {product}: candidates are invited by it.',
  ],
  sub_clients_missing: [
    'warning',
    'Set settings.subClientBy to "none", or have VICTIG show the token its sub-clients: only the main client is seen.',
  ],
  sub_clients_of_others: [
    'warning',
    'Set a VICTIG token of the installation itself: by the token of the service a sub-client may be that of another customer, also where settings.clientCities names its own, for a city that VICTIG tells comes first.',
  ],
  status_prefix_shared: [
    'warning',
    'Set a settings.statusPrefix of its own: another installation of the same Lever account has this one, or one of the two begins with the other, and they take away the status tags of each other.',
  ],
  sub_client_ambiguous: [
    'warning',
    'Have VICTIG make the sub-clients differ in what settings.subClientBy compares: {count} have {value}.',
  ],
  mapped_client_unknown: [
    'error',
    'Correct settings.clientCities: the client named for {city} is not one that the token may see.',
  ],
  invited_by_text_alone: [
    'warning',
    'Switch settings.quickApp.email on as well, or expect that candidates without a valid phone number are refused.',
  ],
  sub_client_prefix_unused: [
    'warning',
    'Set settings.subClientBy, or settings.subClientPrefix to null: without sub-clients its tags are not looked at.',
  ],
  client_cities_unused: [
    'warning',
    'Set settings.subClientBy to "clientCity", or empty settings.clientCities: now it is not looked at.',
  ],
  reference_prefix_unused: [
    'warning',
    'Set settings.referenceBy to "tags", or settings.referencePrefix to null: now its tags are not looked at.',
  ],
  settings_contradictory: ['error', 'Correct the settings: {fault}'],
  certification_missing: [
    'error',
    'Record a certification of permissible purpose: who certifies, when and what.',
  ],
} as const satisfies Record<string, readonly [Severity, string]>;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  code: FindingCode;
  severity: Severity;
  /** One sentence that says what to do. */
  message: string;
  /** Where it is explained. */
  docs: string;
  /** What of the installation it is about, as a path of its fields. */
  subject?: string;
}

/** @param facts what the sentence of the finding names; never secrets or personal data of candidates */
export function finding(code: FindingCode, subject?: string, facts: Record<string, string> = {}): Finding {
  const [severity, advice] = FINDINGS[code];
  const message = advice.replaceAll(/\{(\w+)\}/g, (_all, name: string) => facts[name] ?? '?');
  const docs = `docs/installation-check.md#${code}`;
  return { code, severity, message, docs, ...(subject !== undefined && { subject }) };
}
