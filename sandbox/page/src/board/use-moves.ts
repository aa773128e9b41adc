import { useCallback, useEffect, useRef, useState } from 'react';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import { useSandbox } from '../live/sandbox-context';
import type { Candidate } from '../live/wire';
import { goTo, readPlace } from '../shell/place';

export type MoveCandidate = (candidateId: string, stageId: string) => Promise<void>;

/** The next state of the world comes within a moment of the answer. */
const TOLD_MS = 600;

interface Moves {
  /** Where the card stands: at once where it was dropped, before Lever has said so. */
  stageOf: (candidate: Candidate) => string;
  move: MoveCandidate;
}

export function useMoves(): Moves {
  const { world } = useSandbox();
  const { act } = useAct();
  const latest = useRef(world);
  useEffect(() => {
    latest.current = world;
  }, [world]);
  // Kept twice: for those who ask now, and for what is drawn.
  const wishes = useRef(new Map<string, string>());
  const [underway, setUnderway] = useState<ReadonlyMap<string, string>>(new Map());

  const stageOf = useCallback(({ id, stageId }: Candidate) => underway.get(id) ?? stageId, [underway]);
  const move = useCallback<MoveCandidate>(
    async (candidateId, stageId) => {
      const { candidates, stages } = latest.current;
      const candidate = candidates.find(({ id }) => id === candidateId);
      const stage = stages.find(({ id }) => id === stageId);
      if (!candidate || !stage) return;
      // It may have been moved a moment ago.
      if ((wishes.current.get(candidateId) ?? candidate.stageId) === stageId) return;
      wishes.current.set(candidateId, stageId);
      setUnderway(new Map(wishes.current));
      // Whoever is moved is who one wants to see the story of.
      goTo({ candidateId, isCardOpen: readPlace(window.location.hash).isCardOpen });
      await act(() => drive.move(candidateId, stageId), `${candidate.name} was moved to ${stage.text}.`);
      setTimeout(() => {
        // Moved again meanwhile, it has another wish.
        if (wishes.current.get(candidateId) !== stageId) return;
        wishes.current.delete(candidateId);
        setUnderway(new Map(wishes.current));
      }, TOLD_MS);
    },
    [act],
  );
  return { stageOf, move };
}
