import { useEffect, useMemo, type ReactElement } from 'react';
import { Board } from '../board/board';
import { Mailbox } from '../candidate/mailbox';
import { Desk } from '../desk/desk';
import { Empty } from '../kit/empty';
import { Icon } from '../kit/icon';
import { SandboxContext } from '../live/sandbox-context';
import { useLive } from '../live/use-live';
import { Strip } from '../strip/strip';
import { TourProvider } from '../tour/tour-context';
import { TourPanel } from '../tour/tour-panel';
import { Bar } from './bar';
import { PartsNav } from './parts-nav';
import { usePlace, type Place } from './place';

const TITLES: Record<Place['part'], string> = {
  board: 'Recruiter’s board',
  candidate: 'Candidate’s mailbox',
  victig: 'VICTIG’s desk',
  service: 'What the service did',
};

/** The whole page. */
export function Shell(): ReactElement {
  const place = usePlace();
  const { connection, world, story } = useLive(place.candidateId);
  const now = useMemo(() => (world ? { world, story } : null), [world, story]);

  useEffect(() => {
    document.title = `${TITLES[place.part]} · Sandbox`;
  }, [place.part]);

  if (!now) {
    return (
      <main className="waiting">
        {connection === 'lost' ? (
          <Empty icon="warning" title="The sandbox does not answer">
            Is npm start still running? It is asked again by itself.
          </Empty>
        ) : (
          <Empty icon="pulse" title="Opening the sandbox …">
            One moment.
          </Empty>
        )}
      </main>
    );
  }
  return (
    <SandboxContext value={now}>
      <TourProvider place={place}>
        <div className="shell" data-part={place.part}>
          <a
            className="button skip"
            href="#main"
            onClick={(event) => {
              event.preventDefault();
              document.querySelector<HTMLElement>('#main')?.focus();
            }}
          >
            Skip to the content
          </a>
          <header className="bar">
            <Bar place={place} />
          </header>
          <PartsNav place={place} />
          <main className="main" id="main" tabIndex={-1}>
            {connection === 'lost' && (
              <p className="lost" role="alert">
                <Icon name="warning" /> The sandbox does not answer. It is asked again by itself.
              </p>
            )}
            {place.part === 'candidate' && <Mailbox place={place} />}
            {place.part === 'victig' && <Desk place={place} />}
            {place.part === 'board' && <Board place={place} />}
            {place.part === 'service' && (
              <>
                <h1 className="hidden-text only-narrow">{TITLES.service}</h1>
                {/* Beside the story there is room for the board. */}
                <div className="only-wide">
                  <Board place={place} />
                </div>
              </>
            )}
          </main>
          <aside className="rail" aria-label="Tour and story">
            <TourPanel />
            <Strip place={place} connection={connection} />
          </aside>
        </div>
      </TourProvider>
    </SandboxContext>
  );
}
