import { Agent, request } from 'undici';
import type { Vendor } from './faults.ts';
import { seededRandom } from './seeded-random.ts';
import type { Random } from './seeded-random.ts';

/** A webhook or callback to be sent. */
export interface Parcel {
  vendor: Vendor;
  event: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The wait before each further try; empty: one try only. */
  retryGapsMs: readonly number[];
  /** How long the receiver may take. */
  timeoutMs: number;
  /** Makes the body of a further try; absent: the same bytes again. */
  renew?: () => string;
}

export interface Attempt {
  at: number;
  /** Null when no answer came. */
  status: number | null;
  error: string | null;
}

/** `waiting` for its next try · `delivered` · `failed` after the last try · `dropped` on purpose, never sent. */
export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'dropped';

export interface Delivery {
  n: number;
  vendor: Vendor;
  event: string;
  url: string;
  headers: Record<string, string>;
  /** As last sent. */
  body: string;
  state: DeliveryState;
  attempts: Attempt[];
  /** The delivery that this one repeats; null for an original. */
  repeats: number | null;
}

/** What is done to a vendor's outgoing deliveries. */
export interface OutgoingFaults {
  /** The chance that a delivery is never sent. */
  drop: number;
  /** The chance that a delivery is sent twice. */
  duplicate: number;
  /** Waited before each delivery. */
  delayMs: number;
  /** A random further wait of up to this much, so that deliveries overtake one another. */
  jitterMs: number;
  seed: number;
}

export const NO_OUTGOING_FAULTS: OutgoingFaults = { drop: 0, duplicate: 0, delayMs: 0, jitterMs: 0, seed: 1 };

export interface Outbox {
  send(parcel: Parcel): Delivery;
  /** Sends the bytes of an earlier delivery once more; undefined when there is no such delivery. */
  resend(n: number): Delivery | undefined;
  list(vendor: Vendor): readonly Delivery[];
  setFaults(vendor: Vendor, faults: OutgoingFaults): void;
  faults(vendor: Vendor): OutgoingFaults;
  /** Forgets all deliveries and ends those under way. */
  close(): Promise<void>;
}

/** Carries deliveries to their receivers. */
interface Courier {
  /** Begins after the wait, and retries as the parcel says; what becomes of it is written on the delivery. */
  carry(delivery: Delivery, parcel: Parcel, waitMs: number): void;
  /** Ends what is under way, and begins nothing more. */
  close(): Promise<void>;
}

/** Sends deliveries at once and side by side, keeps a log of them, and retries as each parcel says. */
export function createOutbox(now: () => number): Outbox {
  const courier = createCourier(now);
  const log: Delivery[] = [];
  const faults: Record<Vendor, { order: OutgoingFaults; random: Random }> = {
    lever: { order: NO_OUTGOING_FAULTS, random: seededRandom(NO_OUTGOING_FAULTS.seed) },
    victig: { order: NO_OUTGOING_FAULTS, random: seededRandom(NO_OUTGOING_FAULTS.seed) },
  };

  function enter({ vendor, event, url, headers, body }: Parcel, repeats: number | null): Delivery {
    const n = log.length + 1;
    const attempts: Attempt[] = [];
    const delivery: Delivery = { n, vendor, event, url, headers, body, state: 'waiting', attempts, repeats };
    log.push(delivery);
    return delivery;
  }

  function dispatch(parcel: Parcel, repeats: number | null, waitMs: number): Delivery {
    const delivery = enter(parcel, repeats);
    courier.carry(delivery, parcel, waitMs);
    return delivery;
  }

  return {
    send(parcel) {
      const { order, random } = faults[parcel.vendor];
      if (random() < order.drop) {
        const lost = enter(parcel, null);
        lost.state = 'dropped';
        return lost;
      }
      const wait = (): number => order.delayMs + random() * order.jitterMs;
      const delivery = dispatch(parcel, null, wait());
      if (random() < order.duplicate) dispatch(parcel, delivery.n, wait());
      return delivery;
    },
    resend(n) {
      const earlier = log[n - 1];
      return earlier && dispatch({ ...earlier, retryGapsMs: [], timeoutMs: 10_000 }, n, 0);
    },
    list: (vendor) => log.filter((delivery) => delivery.vendor === vendor),
    setFaults(vendor, order) {
      faults[vendor] = { order, random: seededRandom(order.seed) };
    },
    faults: (vendor) => faults[vendor].order,
    close: () => courier.close(),
  };
}

function createCourier(now: () => number): Courier {
  const agent = new Agent({ connections: 64 });
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  function later(waitMs: number, work: () => Promise<void>): void {
    if (closed) return;
    if (waitMs <= 0) {
      void work();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      void work();
    }, waitMs);
    timers.add(timer);
  }

  async function attempt(delivery: Delivery, parcel: Parcel): Promise<void> {
    const entry: Attempt = { at: now(), status: null, error: null };
    delivery.attempts.push(entry);
    await post(agent, delivery, parcel.timeoutMs, entry);
    if (entry.status !== null && entry.status >= 200 && entry.status < 300) {
      delivery.state = 'delivered';
      return;
    }
    const gapMs = parcel.retryGapsMs[delivery.attempts.length - 1];
    if (gapMs === undefined) {
      delivery.state = 'failed';
      return;
    }
    later(gapMs, async () => {
      if (parcel.renew) delivery.body = parcel.renew();
      await attempt(delivery, parcel);
    });
  }

  return {
    carry: (delivery, parcel, waitMs) => later(waitMs, () => attempt(delivery, parcel)),
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      await agent.destroy();
    },
  };
}

/** What was answered, and what went wrong, is written on the entry. */
async function post(
  dispatcher: Agent,
  { url, headers, body }: Delivery,
  timeoutMs: number,
  entry: Attempt,
): Promise<void> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await request(url, { method: 'POST', dispatcher, headers, body, signal });
    entry.status = answer.statusCode;
    await answer.body.dump();
  } catch (error) {
    entry.error = error instanceof Error ? error.message : String(error);
  }
}
