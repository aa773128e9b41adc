import type { ReactElement } from 'react';
import { Icon, type IconName } from '../kit/icon';
import { useSandbox } from '../live/sandbox-context';
import { hrefOf, type Part, type Place } from './place';

const LINKS: { part: Part; name: string; icon: IconName }[] = [
  { part: 'board', name: 'Recruiter', icon: 'board' },
  { part: 'candidate', name: 'Candidate', icon: 'person' },
  { part: 'victig', name: 'VICTIG', icon: 'shield' },
  { part: 'service', name: 'Service', icon: 'pulse' },
];

/** Whose part is played; on a narrow screen the service's story is one of them. */
export function PartsNav({ place }: { place: Place }): ReactElement {
  const { world } = useSandbox();
  const waiting: Partial<Record<Part, number>> = {
    candidate: world.orders.filter(({ invitation }) => invitation?.state === 'open').length,
    victig: world.orders.length,
  };
  return (
    <nav className="parts" aria-label="Parts to play">
      {LINKS.map(({ part, name, icon }) => (
        <a
          key={part}
          className={`parts__${part}`}
          href={hrefOf({ ...place, part, isCardOpen: false })}
          aria-current={place.part === part ? 'page' : undefined}
        >
          <Icon name={icon} />
          {name}
          {waiting[part] !== undefined && waiting[part] > 0 && (
            <span className="parts__count">
              {waiting[part]}
              <span className="hidden-text">{part === 'candidate' ? ' open invitations' : ' orders'}</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
