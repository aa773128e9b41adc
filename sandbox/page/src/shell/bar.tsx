import type { ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { useSandbox } from '../live/sandbox-context';
import { TourMenu } from '../tour/tour-menu';
import { hrefOf, type Place } from './place';
import { ThemeButton } from './theme-button';

/** What it is, and what is at hand everywhere: faults that are on, the tours, the colours. */
export function Bar({ place }: { place: Place }): ReactElement {
  const { world } = useSandbox();
  const { lever, victig } = world.outgoing;
  const faults =
    world.faults.length +
    [lever, victig].flatMap(({ loses, repeats }) => [loses, repeats]).filter(Boolean).length;
  return (
    <>
      <span className="brand">
        <span className="brand__mark">
          <Icon name="shield" />
        </span>
        Sandbox <span className="brand__sub">Lever to VICTIG</span>
      </span>
      <span className="bar__tools">
        {faults > 0 && (
          <a
            className="button button--small faults-on"
            href={hrefOf({ ...place, part: 'victig', isCardOpen: false })}
          >
            <Icon name="warning" /> {faults === 1 ? '1 fault on' : `${faults} faults on`}
          </a>
        )}
        <TourMenu />
        <ThemeButton />
      </span>
    </>
  );
}
