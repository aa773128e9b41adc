import { useSyncExternalStore } from 'react';

/** The parts that a person can play, and what the service did meanwhile. */
export const PARTS = ['board', 'candidate', 'victig', 'service'] as const;
export type Part = (typeof PARTS)[number];

/** Where one is. It is kept in the address, so that a reload or another tab leads to the same place. */
export interface Place {
  part: Part;
  /** The chosen candidate, whose story is shown. */
  candidateId: string | null;
  /** Their card is open on the board. */
  isCardOpen: boolean;
}

/** `#/board/<candidate>/card`; the candidate and what follows may be absent. */
export function readPlace(hash: string): Place {
  const [, part, candidateId, card] = hash.split('/');
  return {
    part: PARTS.find((known) => known === part) ?? 'board',
    candidateId: candidateId === undefined || candidateId === '' ? null : decodeURIComponent(candidateId),
    isCardOpen: card === 'card',
  };
}

export function hrefOf({ part, candidateId, isCardOpen }: Place): string {
  const chosen = candidateId === null ? '' : `/${encodeURIComponent(candidateId)}`;
  return `#/${part}${chosen}${chosen !== '' && isCardOpen ? '/card' : ''}`;
}

export function usePlace(): Place {
  return readPlace(useSyncExternalStore(followHash, () => window.location.hash));
}

/** Goes there, keeping what is not named; a card is open only where that is said. */
export function goTo(change: Partial<Place>): void {
  const now = readPlace(window.location.hash);
  window.location.hash = hrefOf({ ...now, isCardOpen: false, ...change });
}

function followHash(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}
