import { createFaultBook } from './faults.ts';
import type { FaultBook } from './faults.ts';
import { createJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import type { LeverState } from './lever/lever-state.ts';
import { seedLever } from './lever/seed-lever.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { seedVictig } from './victig/seed-victig.ts';
import type { VictigState } from './victig/victig-state.ts';

/** Everything the sandbox knows. `reset` replaces the parts, so read them from here at each use. */
export interface World {
  now: () => number;
  /** Where the sandbox is reached, without a slash at the end; known once it listens. */
  origin: string;
  lever: LeverState;
  victig: VictigState;
  faults: FaultBook;
  journal: Journal;
  outbox: Outbox;
}

export function createWorld(now: () => number): World {
  return { now, origin: '', ...freshParts(now) };
}

/** Back to the seed: no orders, no faults, no deliveries under way. */
export async function resetWorld(world: World): Promise<void> {
  const { outbox } = world;
  Object.assign(world, freshParts(world.now));
  await outbox.close();
}

function freshParts(now: () => number): Omit<World, 'now' | 'origin'> {
  return {
    lever: seedLever(now()),
    victig: seedVictig(now()),
    faults: createFaultBook(),
    journal: createJournal(),
    outbox: createOutbox(now),
  };
}
