/** A card that is carried by the keyboard, and where it would be put down. */
export interface Carry {
  candidateId: string;
  /** Of the column. */
  from: number;
  over: number;
}

/** What a key does to a carried card: it goes on, is dropped, is put back, or nothing. */
export type CarryStep = { do: 'carry'; carry: Carry } | { do: 'drop' | 'cancel'; carry: Carry } | null;

/** The keys of a carried card: arrows choose a column, Space or Enter drops, Escape and Tab put it back. */
export function stepOfCarry(carry: Carry, key: string, columns: number): CarryStep {
  switch (key) {
    case 'ArrowRight':
      return { do: 'carry', carry: { ...carry, over: Math.min(columns - 1, carry.over + 1) } };
    case 'ArrowLeft':
      return { do: 'carry', carry: { ...carry, over: Math.max(0, carry.over - 1) } };
    case 'Home':
      return { do: 'carry', carry: { ...carry, over: 0 } };
    case 'End':
      return { do: 'carry', carry: { ...carry, over: columns - 1 } };
    case ' ':
    case 'Enter':
      return { do: 'drop', carry };
    case 'Escape':
    case 'Tab':
      return { do: 'cancel', carry };
    default:
      return null;
  }
}
