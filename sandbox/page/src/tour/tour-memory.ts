import { useSyncExternalStore } from 'react';
import type { Tour } from './tour-step';

/** How far somebody is. It outlives a reload, and all tabs of a browser share it. */
export interface TourProgress {
  tour: Tour['id'];
  /** From 0; as many as there are: at the end. */
  step: number;
  /** The step is done, and the next one can be gone to. */
  isDone: boolean;
  people: string[];
}

/** `null`: never asked · `declined`: not now, or done. */
export type TourMemory = TourProgress | 'declined' | null;

const KEY = 'sandbox-tour';
const listeners = new Set<() => void>();

let text: string | null = null;
let memory: TourMemory = null;

export function useTourMemory(): TourMemory {
  return useSyncExternalStore(follow, recall);
}

export function remember(next: TourMemory): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Where nothing may be kept the tour lasts until the page is left.
    text = JSON.stringify(next);
    memory = next;
  }
  for (const changed of listeners) changed();
}

/** The same object as long as what is stored is the same. */
function recall(): TourMemory {
  const stored = readStored();
  if (stored !== undefined && stored !== text) {
    text = stored;
    memory = parse(stored);
  }
  return memory;
}

/** Undefined where nothing may be kept. */
function readStored(): string | null | undefined {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return undefined;
  }
}

function parse(stored: string | null): TourMemory {
  if (stored === null) return null;
  try {
    return JSON.parse(stored) as TourMemory;
  } catch {
    return null;
  }
}

function follow(changed: () => void): () => void {
  listeners.add(changed);
  window.addEventListener('storage', changed);
  return () => {
    listeners.delete(changed);
    window.removeEventListener('storage', changed);
  };
}
