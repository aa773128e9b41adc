import { WAITS_FOR_CONNECTION } from '../../installations/jobs.js';
import type { InstallationState } from '../../installations/installation.js';
import type { Delivery } from '../../platform/webhooks/delivery.entity.js';
import { isFinal } from '../domain/order-status.js';
import type { OrderStanding } from '../order-book.js';
import { whetherAtVictig } from './act-on-order.js';
import type { ReplayEffect } from './delivery.dto.js';

type Replayed = Pick<Delivery, 'outcome' | 'reason'>;

/** What is the case when it is replayed; undefined where there is no such thing. */
export interface ReplayStanding {
  /** The order that it led to. */
  order: OrderStanding | undefined;
  /** Of the installation that it came for. */
  installation: InstallationState | undefined;
  /** It says that a candidate left, and no check of theirs runs of which nobody was told yet. */
  leftUnchecked: boolean;
  /** Undefined for a delivery of Lever. */
  callback: OrderOfCallback | undefined;
}

/**
 * What is known of the order that a callback is about: that it is at VICTIG, and erased by now or not; or it is not known
 * to be there, and the callback waits for that, or has waited for as long as it may.
 */
export type OrderOfCallback = 'placed' | 'erased' | 'awaited' | 'unknown';

export interface ForetoldReplay {
  effect: ReplayEffect;
  message: string;
}

/** What a replay of a delivery comes to. */
export function foretellReplay(delivery: Replayed, standing: ReplayStanding): ForetoldReplay {
  const effect = effectOf(delivery, standing);
  return { effect, message: MESSAGES[effect](standing) };
}

const OF_CALLBACKS: Record<OrderOfCallback, ReplayEffect> = {
  placed: 'read_order',
  erased: 'nothing',
  awaited: 'wait',
  unknown: 'ignore',
};

function effectOf(
  delivery: Replayed,
  { order, installation, leftUnchecked, callback }: ReplayStanding,
): ReplayEffect {
  if (callback !== undefined) return OF_CALLBACKS[callback];
  const isHalted = installation !== undefined && installation !== 'active';
  if (delivery.outcome === 'acted_on' && order !== undefined) {
    if (isFinal(order.status)) return 'nothing';
    // What became of a submission is found out in any case; without one nothing is done of it, whether it is in error or not.
    return isHalted && whetherAtVictig(order) === 'no' ? 'order_waits' : 'go_on';
  }
  // Also one that waits: nothing but a check that runs has anybody told.
  if (leftUnchecked) return 'ignore';
  if (!isHalted) return 'decide';
  return installation === 'disconnected' || isParked(delivery) ? 'wait' : 'ignore';
}

/** What waits since before the installation was paused waits on (I6). */
const isParked = ({ outcome, reason }: Replayed): boolean =>
  outcome === 'queued' && reason === WAITS_FOR_CONNECTION;

const MESSAGES: Record<ReplayEffect, (standing: ReplayStanding) => string> = {
  decide: () =>
    'Lever is asked about the candidate, and it is decided as if the stage change had just come in.',
  go_on: ({ order }) =>
    order?.status === 'held'
      ? 'The order that it led to is held, and goes on when the hold ends; no other is placed.'
      : 'The order that it led to goes on at once; no other is placed.',
  nothing: ({ callback }) =>
    callback === undefined
      ? 'The order that it led to has come to its end: nothing happens.'
      : 'The order that the callback is about was erased: nothing of it is read at VICTIG.',
  read_order: () => 'The order that the callback is about is read again at VICTIG.',
  ignore: ({ installation, leftUnchecked, callback }) => {
    if (callback !== undefined) {
      return 'It is ignored again: no order of ours that it could be about is known at VICTIG, and it came in more than a day ago.';
    }
    return leftUnchecked
      ? 'It says that a candidate left, and is ignored, for no check of theirs runs at VICTIG of which nobody was told yet.'
      : `It is ignored again, for the installation is ${wordsOf(installation)}: activate that first, then replay it.`;
  },
  wait: ({ installation, callback }) =>
    callback === undefined
      ? `Nothing is decided while the installation is ${wordsOf(installation)}: it waits. Activate the installation first, and say there what becomes of what waits.`
      : 'It waits until the order that it is about is known at VICTIG, which is read then; a day after it came in it is ignored.',
  order_waits: ({ installation }) =>
    `The order that it led to waits, for the installation is ${wordsOf(installation)}: activate that first. No other is placed.`,
};

const wordsOf = (state: InstallationState | undefined): string =>
  state === 'draft' ? 'a draft' : `${state}`;
