import { draggable } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import { Tag } from '../kit/chip';
import { Icon } from '../kit/icon';
import type { Candidate } from '../live/wire';
import { hrefOf } from '../shell/place';
import { useTourMark } from '../tour/tour-context';

interface CardProps {
  candidate: Candidate;
  isChosen: boolean;
  isOpen: boolean;
  isLifted: boolean;
  onKeyDown: (event: KeyboardEvent<HTMLElement>, candidate: Candidate) => void;
  onLeave: () => void;
}

/** Of the tags from the posting, which all say the same; those beyond are counted. */
const TAGS_SHOWN = 3;
const OURS = /^(Background Check Status|Flag|Decision):/;

/** A link that opens the card, and that can be dragged or carried to another column. */
export const Card = memo(function Card({
  candidate,
  isChosen,
  isOpen,
  isLifted,
  onKeyDown,
  onLeave,
}: CardProps): ReactElement {
  const { id, name, job, tags, notes, archived } = candidate;
  const link = useRef<HTMLAnchorElement>(null);
  const [isDragging, setIsDragging] = useState(false);
  const mark = useTourMark();

  useEffect(() => {
    if (!link.current) return undefined;
    return draggable({
      element: link.current,
      getInitialData: () => ({ candidateId: id }),
      onDragStart: () => setIsDragging(true),
      onDrop: () => setIsDragging(false),
    });
  }, [id]);

  const ours = tags.filter((tag) => OURS.test(tag));
  const others = tags.filter((tag) => !OURS.test(tag) && tag !== job);
  const shown = [...ours, ...others.slice(0, Math.max(0, TAGS_SHOWN - ours.length))];
  const beyond = ours.length + others.length - shown.length;

  return (
    <li
      className={`card ${mark(`card:${id}`)}`}
      data-card={id}
      data-chosen={isChosen}
      data-lifted={isLifted}
      data-dragging={isDragging}
    >
      <a
        ref={link}
        className="card__link"
        href={hrefOf({ part: 'board', candidateId: id, isCardOpen: true })}
        aria-describedby="carry-help"
        aria-current={isOpen ? 'true' : undefined}
        onKeyDown={(event) => onKeyDown(event, candidate)}
        onBlur={isLifted ? onLeave : undefined}
      >
        <span className="card__name">
          {name}
          {notes.some(({ secret }) => secret) && (
            <>
              <Icon name="lock" />
              <span className="hidden-text">has a secret note</span>
            </>
          )}
        </span>
        <span className="card__job">
          {archived === null ? (job ?? 'No job yet') : `Archived: ${archived}`}
        </span>
        {shown.length > 0 && (
          <span className="chips">
            {shown.map((tag) => (
              <Tag key={tag} tag={tag} />
            ))}
            {beyond > 0 && <span className="card__more">+{beyond}</span>}
          </span>
        )}
      </a>
    </li>
  );
});
