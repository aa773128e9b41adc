import { useCallback, useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useSpeaker } from '../kit/announcer';
import type { Candidate, Stage } from '../live/wire';
import { stepOfCarry, type Carry } from './keyboard-carry';
import type { MoveCandidate } from './use-moves';

interface Carrying {
  carry: Carry | null;
  /** Of a card. */
  onKeyDown: (event: KeyboardEvent<HTMLElement>, candidate: Candidate) => void;
  /** The focus left a card. */
  onLeave: () => void;
}

/** Moves cards by the keyboard, and says where they are. */
export function useCarry(stages: readonly Stage[], move: MoveCandidate): Carrying {
  const { say } = useSpeaker();
  const [carry, setCarry] = useState<Carry | null>(null);
  const dropped = useRef<string | null>(null);

  // In its new column the card is a new element.
  useEffect(() => {
    if (dropped.current !== null) focusCard(dropped.current);
    dropped.current = null;
  });

  const onKeyDown = useCallback(
    (event: KeyboardEvent<HTMLElement>, candidate: Candidate) => {
      if (carry === null) {
        if (event.key === ' ') {
          event.preventDefault();
          const from = stages.findIndex(({ id }) => id === candidate.stageId);
          setCarry({ candidateId: candidate.id, from, over: from });
          say(
            `${candidate.name} is picked up from ${nameAt(stages, from)}. Choose a column with the arrow keys.`,
          );
        } else if (walk(event.currentTarget, event.key)) event.preventDefault();
        return;
      }
      const step = stepOfCarry(carry, event.key, stages.length);
      if (!step) return;
      if (event.key !== 'Tab') event.preventDefault();
      const over = nameAt(stages, step.carry.over);
      if (step.do === 'carry') {
        setCarry(step.carry);
        revealColumn(stages[step.carry.over]?.id ?? '');
        say(`Over ${over}, column ${step.carry.over + 1} of ${stages.length}.`);
        return;
      }
      setCarry(null);
      if (step.do === 'cancel' || step.carry.over === step.carry.from) {
        say(`${candidate.name} stays in ${nameAt(stages, step.carry.from)}.`);
        return;
      }
      const stage = stages[step.carry.over];
      if (stage) void move(candidate.id, stage.id);
      dropped.current = candidate.id;
    },
    [carry, stages, move, say],
  );

  const onLeave = useCallback(() => setCarry(null), []);
  return { carry, onKeyDown, onLeave };
}

const nameAt = (stages: readonly Stage[], index: number): string => stages[index]?.text ?? '';

/** Gives the focus to a card of the board, if it is shown. */
export function focusCard(candidateId: string): void {
  document.querySelector<HTMLElement>(`[data-card="${CSS.escape(candidateId)}"] a`)?.focus();
}

/** Scrolls the board so far that a column is seen. */
export function revealColumn(stageId: string): void {
  const column = document.querySelector(`[data-column="${CSS.escape(stageId)}"]`);
  column?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/** Up and down within a column, left and right to the first card of the next one that has any. */
function walk(link: HTMLElement, key: string): boolean {
  const card = link.closest('[data-card]');
  if (!card) return false;
  const target = neighbour(card, key)?.querySelector('a');
  target?.focus();
  return target !== undefined && target !== null;
}

function neighbour(card: Element, key: string): Element | null | undefined {
  if (key === 'ArrowDown') return card.nextElementSibling;
  if (key === 'ArrowUp') return card.previousElementSibling;
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  const columns = [...document.querySelectorAll('[data-column]')];
  const at = columns.findIndex((column) => column.contains(card));
  const others = key === 'ArrowRight' ? columns.slice(at + 1) : columns.slice(0, at).toReversed();
  return others.map((column) => column.querySelector('[data-card]')).find((first) => first !== null);
}
