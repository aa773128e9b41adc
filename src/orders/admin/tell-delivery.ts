import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import type { IgnoreReason } from '../domain/decide-trigger.js';
import { wordsOf } from './words-of.js';

/** What Lever tells of, by the names that it gives its events. */
const EVENTS: Record<string, string> = {
  candidateStageChange: 'a stage change',
  candidateArchiveChange: 'a move to or from the archive',
  candidateDeleted: 'a candidate who was deleted',
};

/** Why the decision about a delivery was to do nothing. */
const DECIDED: Record<IgnoreReason, string> = {
  opportunity_not_found: 'Lever has no such opportunity',
  not_in_trigger_stage: 'the candidate was not in the stage any more when it was looked at',
  archived: 'the candidate was archived',
  order_open: 'an order of the candidate was open already',
  already_decided: 'this entry of the stage was decided on before',
  already_complete: 'a check is complete, and the settings do not allow another one',
  ordered_before_restore:
    'Lever shows a check that this restored copy does not know of; if there is none, order by hand',
  still_in_stage: 'the candidate was said to have gone, and is there',
  no_check_running: 'there is no check at VICTIG that would have to be stopped',
};

/** Why a delivery was not acted on, or not yet; by the codes of its reason. */
export const DELIVERY_REASONS: Readonly<Record<string, string>> = {
  ...DECIDED,
  verification_ping: "it is Lever's test of the connection",
  other_event: 'nothing is decided by events of this kind',
  no_opportunity_named: 'it names no opportunity',
  other_stage: 'the candidate was moved to a stage that orders nothing',
  installation_draft: 'the installation was not activated yet',
  installation_paused: 'the installation was paused',
  installation_disconnected:
    'it came while Lever refused access, and is decided when the installation is active again',
  discarded_after_reconnect: 'it waited while Lever refused access, and an admin discarded what waited',
  opportunity_confidential: 'the job is confidential and access to it was not granted',
  not_about_an_order: 'it is not about an order',
  unknown_order: 'it is about an order that is not ours',
  order_not_known_yet: 'it is about an order that is not known yet; it waits',
  job_discarded: 'the job that was to decide about it was given up, and a person discarded it',
  retried_at_once: 'the order in error was tried again at once',
};

/** What came in and what became of it, in a sentence. */
export function tellDelivery({ source, event, outcome, reason }: Delivery): string {
  const what =
    source === 'lever'
      ? `Lever told of ${EVENTS[event] ?? 'something'} (${event})`
      : `VICTIG called back (${event})`;
  const why = reason === null ? null : (DELIVERY_REASONS[reason] ?? wordsOf(reason));
  if (outcome === 'acted_on') return `${what}; it was acted on${why === null ? '' : `: ${why}`}.`;
  if (outcome === 'ignored') return `${what}; nothing was done: ${why ?? 'no reason is recorded'}.`;
  return `${what}; it waits${why === null ? ' to be worked on' : `: ${why}`}.`;
}
