import { useCallback, useEffect, useRef, type ReactElement } from 'react';
import { focusCard } from '../board/use-carry';
import type { MoveCandidate } from '../board/use-moves';
import { Icon } from '../kit/icon';
import type { Candidate } from '../live/wire';
import { goTo } from '../shell/place';
import { Details } from './details';
import { History } from './history';
import { Notes } from './notes';
import { Tags } from './tags';
import { Webhooks } from './webhooks';

interface PersonProps {
  candidate: Candidate;
  onMove: MoveCandidate;
}

/** The opened card. It leaves the rest of the page usable, so that the story beside it can be followed. */
export function Person({ candidate, onMove }: PersonProps): ReactElement {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title.current?.focus();
  }, []);

  const { id } = candidate;
  const close = useCallback(() => {
    goTo({ isCardOpen: false });
    focusCard(id);
  }, [id]);
  useEffect(() => {
    // Wherever the focus is, for a control that was used may be gone. A carried card and a modal dialog come first.
    const closeByEscape = (event: KeyboardEvent): void => {
      const isTaken = event.defaultPrevented || document.querySelector('dialog:modal') !== null;
      if (event.key === 'Escape' && !isTaken) close();
    };
    document.addEventListener('keydown', closeByEscape);
    return () => document.removeEventListener('keydown', closeByEscape);
  }, [close]);

  return (
    <dialog open className="person" aria-labelledby="person-name">
      <header className="person__head">
        <div>
          <h2 id="person-name" ref={title} tabIndex={-1}>
            {candidate.name}
          </h2>
          <p className="faint">{candidate.job ?? 'No job yet'}</p>
        </div>
        <button type="button" className="icon-button" aria-label="Close the card" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <div className="person__body">
        <Details candidate={candidate} onMove={onMove} />
        <Tags candidate={candidate} />
        <Notes candidate={candidate} />
        <History candidate={candidate} />
        <Webhooks candidate={candidate} />
      </div>
    </dialog>
  );
}
