import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { Icon } from '../kit/icon';
import type { Candidate, Stage } from '../live/wire';
import { useTourMark } from '../tour/tour-context';
import { Card } from './card';
import type { Carry } from './keyboard-carry';
import type { MoveCandidate } from './use-moves';

interface ColumnProps {
  stage: Stage;
  /** A move here orders a background check. */
  ordersCheck: boolean;
  candidates: readonly Candidate[];
  chosenId: string | null;
  isOpen: boolean;
  carry: Carry | null;
  isCarriedOver: boolean;
  onKeyDown: (event: KeyboardEvent<HTMLElement>, candidate: Candidate) => void;
  onLeave: () => void;
  onDrop: MoveCandidate;
}

export function Column({ stage, ordersCheck, candidates, onDrop, ...board }: ColumnProps): ReactElement {
  const titleId = useId();
  const element = useRef<HTMLElement>(null);
  const [isOver, setIsOver] = useState(false);
  const mark = useTourMark();

  useEffect(() => {
    if (!element.current) return undefined;
    return dropTargetForElements({
      element: element.current,
      onDragEnter: () => setIsOver(true),
      onDragLeave: () => setIsOver(false),
      onDrop: ({ source }) => {
        setIsOver(false);
        const { candidateId } = source.data;
        if (typeof candidateId === 'string') void onDrop(candidateId, stage.id);
      },
    });
  }, [stage.id, onDrop]);

  return (
    <section
      ref={element}
      className={`column ${ordersCheck ? mark('trigger-column') : ''}`}
      aria-labelledby={titleId}
      data-column={stage.id}
      data-over={isOver || board.isCarriedOver}
    >
      <div className="column__head">
        {ordersCheck && <Icon name="shield" />}
        <h2 id={titleId}>{stage.text}</h2>
        <span className="column__count">
          {candidates.length}
          <span className="hidden-text"> candidates</span>
        </span>
      </div>
      {candidates.length === 0 ? (
        <p className="column__empty">
          {ordersCheck ? 'Whoever is moved here is checked.' : 'Nobody is here.'}
        </p>
      ) : (
        <ul className="column__cards" aria-labelledby={titleId}>
          {candidates.map((candidate) => (
            <Card
              key={candidate.id}
              candidate={candidate}
              isChosen={candidate.id === board.chosenId}
              isOpen={board.isOpen && candidate.id === board.chosenId}
              isLifted={board.carry?.candidateId === candidate.id}
              onKeyDown={board.onKeyDown}
              onLeave={board.onLeave}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
