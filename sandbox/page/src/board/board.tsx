import { useLayoutEffect, useRef, useState, type ReactElement } from 'react';
import { useSandbox } from '../live/sandbox-context';
import type { Candidate } from '../live/wire';
import { Icon } from '../kit/icon';
import { Person } from '../person/person';
import type { Place } from '../shell/place';
import { AddCandidates } from './add-candidates';
import { Column } from './column';
import { revealColumn, useCarry } from './use-carry';
import { useMoves } from './use-moves';

/** The recruiter's board: the pipeline as in Lever. */
export function Board({ place }: { place: Place }): ReactElement {
  const { world } = useSandbox();
  const { stageOf, move } = useMoves();
  const carry = useCarry(world.stages, move);
  const [isAdding, setIsAdding] = useState(false);
  const [showsArchived, setShowsArchived] = useState(false);
  const archived = world.candidates.filter((candidate) => candidate.archived !== null).length;
  const shown = world.candidates.filter((candidate) => showsArchived || candidate.archived === null);
  const byStage = Map.groupBy<string, Candidate>(shown, stageOf);
  const chosen = world.candidates.find(({ id }) => id === place.candidateId);

  // Where not all columns fit, the chosen candidate's is shown, else the end, where checks are ordered.
  const columns = useRef<HTMLDivElement>(null);
  const chosenStageId = chosen && stageOf(chosen);
  useLayoutEffect(() => {
    if (chosenStageId !== undefined) revealColumn(chosenStageId);
    else if (columns.current) columns.current.scrollLeft = columns.current.scrollWidth;
  }, [chosenStageId]);

  return (
    <>
      <div className="part-head">
        <h1>
          Recruiter’s board <span className="part-head__sub">as in Lever</span>
        </h1>
        {archived > 0 && (
          <label className="check">
            <input
              type="checkbox"
              checked={showsArchived}
              onChange={(event) => setShowsArchived(event.target.checked)}
            />
            Show archived ({archived})
          </label>
        )}
        <button type="button" className="button" onClick={() => setIsAdding(true)}>
          <Icon name="plus" />
          <span>
            Add<span className="button__long"> candidates</span>
          </span>
        </button>
      </div>
      <p className="hidden-text" id="carry-help">
        Press Enter to open the card. Press Space to pick it up, the arrow keys to choose a column, Space to
        drop it, and Escape to put it back.
      </p>
      <div className="columns" ref={columns}>
        {world.stages.map((stage, index) => (
          <Column
            key={stage.id}
            stage={stage}
            ordersCheck={world.triggerStageIds.includes(stage.id)}
            candidates={byStage.get(stage.id) ?? []}
            chosenId={place.candidateId}
            isOpen={place.isCardOpen}
            carry={carry.carry}
            isCarriedOver={carry.carry?.over === index}
            onKeyDown={carry.onKeyDown}
            onLeave={carry.onLeave}
            onDrop={move}
          />
        ))}
      </div>
      {place.isCardOpen && chosen && (
        <Person key={chosen.id} candidate={{ ...chosen, stageId: stageOf(chosen) }} onMove={move} />
      )}
      <AddCandidates isOpen={isAdding} onClose={() => setIsAdding(false)} />
    </>
  );
}
