/**
 * Every `code` of a problem document, with its HTTP status and what it means; the one list there is. The compiler
 * lets no other code be used. The OpenAPI document and docs/problems.md are written from it.
 */
export const PROBLEMS = {
  invalid_request: {
    status: 400,
    meaning: 'Something in the request is not valid; `errors` lists every fault.',
  },
  malformed_request: {
    status: 400,
    meaning:
      'The request cannot be read: broken JSON, nested too deep, a key twice (`errors` says where), or an id in the path that is none.',
  },
  invalid_settings: {
    status: 400,
    meaning: 'The settings contradict themselves or are incomplete; `errors` lists every fault.',
  },
  invalid_idempotency_key: {
    status: 400,
    meaning: 'The `Idempotency-Key` is not 1 to 255 visible ASCII characters.',
  },
  too_many: { status: 400, meaning: 'More objects meet the conditions than may be acted on at once.' },
  expires_in_the_past: { status: 400, meaning: 'The key would have expired already.' },
  malformed_callback: { status: 400, meaning: 'What VICTIG sent is not a callback.' },
  unauthenticated: { status: 401, meaning: 'There is no valid admin key or token in `Authorization`.' },
  signature_refused: { status: 401, meaning: 'The signature of a Lever webhook does not verify.' },
  secret_refused: { status: 401, meaning: 'The `Authorization` header of a callback is not the secret.' },
  right_missing: { status: 403, meaning: "The caller's role lacks the right that the route needs." },
  bound_key: {
    status: 403,
    meaning: 'The key is bound to one installation and cannot do what concerns them all.',
  },
  shared_token: {
    status: 403,
    meaning:
      "The installation uses the service's VICTIG token, which sees the clients of every customer: only keys that are bound to no installation choose among them.",
  },
  wider_than_own: {
    status: 403,
    meaning: 'A key cannot create one that has more rights, is bound to less, or lives longer than itself.',
  },
  installation_not_found: {
    status: 404,
    meaning: 'There is no such installation, or the key may not know of it.',
  },
  version_not_found: { status: 404, meaning: 'The installation has no such settings version.' },
  signature_token_not_found: { status: 404, meaning: 'The installation has no such signature token.' },
  order_not_found: { status: 404, meaning: 'There is no such order, or the key may not know of it.' },
  delivery_not_found: { status: 404, meaning: 'There is no such delivery, or the key may not know of it.' },
  dead_letter_not_found: {
    status: 404,
    meaning: 'There is no such dead letter any more, or the key may not know of it.',
  },
  key_not_found: {
    status: 404,
    meaning: 'There is no such admin key, or the key in use may not know of it.',
  },
  opportunity_not_found: {
    status: 404,
    meaning: 'Lever has no such opportunity, or the credentials may not see it.',
  },
  client_not_found: { status: 404, meaning: 'VICTIG has no such client, or the token may not see it.' },
  route_not_found: { status: 404, meaning: 'There is no such route.' },
  method_not_allowed: { status: 405, meaning: 'The route does not take this method.' },
  request_timeout: { status: 408, meaning: 'The request did not come in time.' },
  not_connected: {
    status: 409,
    meaning: 'The installation has no credentials for the vendor, or the vendor refused them.',
  },
  lever_refused: {
    status: 409,
    meaning: "Lever refuses the installation's credentials, or they lack a permission; the detail names it.",
  },
  victig_refused: { status: 409, meaning: "VICTIG refuses the installation's token." },
  not_ready: {
    status: 409,
    meaning: 'The installation could not order anything; `errors` lists what is wrong.',
  },
  not_active: { status: 409, meaning: 'The installation was never active and cannot be paused.' },
  signature_token_exists: {
    status: 409,
    meaning: 'The installation has this signature token already; the detail names its id.',
  },
  too_many_signature_tokens: {
    status: 409,
    meaning: 'The installation has as many signature tokens as it may: end one first.',
  },
  waiting_undecided: {
    status: 409,
    meaning: 'Stage changes waited while the installation was disconnected: say what becomes of them.',
  },
  waiting_processed: {
    status: 409,
    meaning:
      'The installation is active, and what waited is being worked on: pause it first to discard the rest.',
  },
  version_not_restorable: {
    status: 409,
    meaning: 'The old version breaks a rule of today; `errors` lists which.',
  },
  legal_hold: { status: 409, meaning: 'A legal hold keeps the order from being erased.' },
  order_open: {
    status: 409,
    meaning: 'An order has not come to its end yet; `allowedStatuses` says what it would have to be.',
  },
  order_erased: {
    status: 409,
    meaning: 'The order was erased: nothing of it is taken in or shown any more.',
  },
  wrong_status: {
    status: 409,
    meaning: 'The order does not stand where this is possible; `allowedStatuses` says where it is.',
  },
  not_at_victig: { status: 409, meaning: 'The order is not at VICTIG yet.' },
  retention_floor: {
    status: 409,
    meaning: 'The installation keeps orders longer before they may be erased.',
  },
  installation_not_active: {
    status: 409,
    meaning: 'Orders are placed only while the installation is active.',
  },
  not_certified: { status: 409, meaning: 'No certification of permissible purpose is recorded.' },
  opportunity_archived: { status: 409, meaning: 'The opportunity is archived in Lever.' },
  candidate_anonymized: { status: 409, meaning: 'The candidate was anonymized in Lever.' },
  idempotency_in_progress: {
    status: 409,
    meaning: 'A request with this `Idempotency-Key` is being carried out: ask again in a moment.',
  },
  idempotency_answer_lost: {
    status: 409,
    meaning: 'A request with this `Idempotency-Key` took effect, but what it answered was lost.',
  },
  already_erased: { status: 409, meaning: 'The order is erased: there is nothing to hold.' },
  not_replayable: { status: 409, meaning: 'The delivery names nothing that could be decided.' },
  preview_outdated: {
    status: 409,
    meaning: 'What meets the conditions is not what the preview said: look at it again.',
  },
  dead_letter_unreadable: {
    status: 409,
    meaning: 'This version of the service cannot read the job: discard it.',
  },
  nothing_to_seal: { status: 409, meaning: 'The audit trail is empty.' },
  checkpoint_refused: {
    status: 409,
    meaning:
      'The last checkpoint does not verify with the key that `ENCRYPTION_KEYS` has under its name: none is made behind it.',
  },
  last_admin_key: { status: 409, meaning: 'The last key that may do everything stays.' },
  oauth_not_configured: { status: 409, meaning: 'The service has no Lever OAuth app.' },
  public_url_not_https: { status: 409, meaning: 'Lever delivers only to HTTPS, and `PUBLIC_URL` is not.' },
  webhook_exists: {
    status: 409,
    meaning: 'Lever has the webhook already: send `replace` to put a new one there.',
  },
  webhook_in_progress: {
    status: 409,
    meaning: "Another request makes or removes the installation's webhook: ask again in a moment.",
  },
  webhook_not_removed: { status: 409, meaning: 'Lever did not remove a webhook: remove it by hand.' },
  stale_version: {
    status: 412,
    meaning: 'Someone changed it since it was read: read it again and repeat the change.',
  },
  stale_order: {
    status: 412,
    meaning: 'The order has moved on since it was read: read it again, and decide again.',
  },
  body_too_large: { status: 413, meaning: 'The body is larger than 1 MB.' },
  url_too_long: { status: 414, meaning: 'The URL is too long.' },
  unsupported_media_type: {
    status: 415,
    meaning: 'The body is not sent as `application/json`, or it is compressed.',
  },
  idempotency_key_reused: {
    status: 422,
    meaning: 'The `Idempotency-Key` was sent with another request: a new request needs a new key.',
  },
  if_match_missing: { status: 428, meaning: 'Send the ETag that was read as `If-Match`.' },
  too_many_requests: {
    status: 429,
    meaning: 'There are too many requests; `Retry-After` says when to try again.',
  },
  headers_too_large: { status: 431, meaning: 'The headers of the request are too large.' },
  refused: { status: 400, meaning: 'The request is refused for a reason that no other code names.' },
  internal_error: { status: 500, meaning: 'The service failed; it was logged. Try again later.' },
  issuer_unavailable: {
    status: 503,
    meaning: 'A token could not be checked, for its issuer does not answer.',
  },
  database_unavailable: {
    status: 503,
    meaning:
      'The database does not answer, or takes no writes: try again after `Retry-After`. What was sent may have been carried out; a delivery that was kept counts once.',
  },
  encryption_key_missing: {
    status: 503,
    meaning:
      'A delivery could not be verified, for a secret of the installation cannot be opened: its encryption key is not configured, or it was changed. Send it again after `Retry-After`.',
  },
  vendor_failed: {
    status: 502,
    meaning: 'Lever or VICTIG failed; the detail says whether something may have been changed.',
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** What a route that calls Lever on behalf of an installation may answer. */
export const LEVER_PROBLEMS = ['not_connected', 'lever_refused', 'vendor_failed'] as const;

/** What a route that calls VICTIG on behalf of an installation may answer. */
export const VICTIG_PROBLEMS = ['not_connected', 'victig_refused', 'vendor_failed'] as const;
