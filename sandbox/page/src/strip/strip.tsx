import { useState, type ReactElement } from 'react';
import { Status } from '../kit/chip';
import { Empty } from '../kit/empty';
import { useSandbox } from '../live/sandbox-context';
import type { Connection } from '../live/use-live';
import type { Candidate, ServiceOrder, Story } from '../live/wire';
import type { Place } from '../shell/place';
import { Entry } from './entry';
import { SwaggerLinks } from './swagger-links';
import { useSpokenStory } from './use-spoken-story';

interface StripProps {
  place: Place;
  connection: Connection;
}

/** What the service did for the chosen candidate, as it happens, the newest first. */
export function Strip({ place, connection }: StripProps): ReactElement {
  const { world, story } = useSandbox();
  const [showsCalls, setShowsCalls] = useState(true);
  const candidate = world.candidates.find(({ id }) => id === place.candidateId);
  useSpokenStory(story);

  return (
    <section className="strip" aria-labelledby="strip-title">
      <header className="strip__head">
        <div className="strip__title">
          <span className="live-dot" data-lost={connection === 'lost'} aria-hidden="true" />
          <h2 id="strip-title">What the service did{candidate ? ` for ${candidate.name}` : ''}</h2>
        </div>
        {story?.state === 'told' && story.orders.length > 0 && (
          <>
            <OrderLine order={story.orders[0]} />
            <label className="check">
              <input
                type="checkbox"
                checked={showsCalls}
                onChange={(event) => setShowsCalls(event.target.checked)}
              />
              Show calls to Lever and VICTIG
            </label>
          </>
        )}
      </header>
      {/* Scrolled by the keyboard, too. What is worth saying is said by useSpokenStory. */}
      <div className="strip__list" tabIndex={0} role="log" aria-live="off" aria-label="Story">
        <Told story={story} candidate={candidate} showsCalls={showsCalls} />
      </div>
    </section>
  );
}

function OrderLine({ order }: { order: ServiceOrder | undefined }): ReactElement | null {
  if (!order) return null;
  return (
    <p className="strip__order">
      <Status text={order.status.replaceAll('_', ' ')} />
      {order.fileNumber !== null && <span className="faint">File {order.fileNumber}</span>}
      <SwaggerLinks links={order.links} />
    </p>
  );
}

interface ToldProps {
  story: Story | null;
  candidate: Candidate | undefined;
  showsCalls: boolean;
}

function Told({ story, candidate, showsCalls }: ToldProps): ReactElement {
  if (!candidate) {
    return (
      <Empty icon="person" title="Nobody is chosen">
        Open a card, or move one: then each delivery, decision, call and tag appears here.
      </Empty>
    );
  }
  if (!story) {
    return <p className="faint">Asking the service …</p>;
  }
  if (story.state === 'unwatched') {
    return (
      <Empty icon="pulse" title="No service is connected">
        The sandbox runs alone. Start both with npm start, and this strip tells what the service does.
      </Empty>
    );
  }
  if (story.state === 'unreachable') {
    return (
      <Empty icon="warning" title="The service does not answer">
        It is asked again by itself ({story.reason}). Lever keeps its webhooks and tries again, so nothing is
        lost.
      </Empty>
    );
  }
  const entries = story.entries.filter(({ group }) => showsCalls || group !== 'call').toReversed();
  if (entries.length === 0) {
    return (
      <Empty icon="pulse" title="Nothing yet">
        Move {candidate.name} to Background Check and watch.
      </Empty>
    );
  }
  return (
    <ol>
      {entries.map((entry) => (
        <Entry key={entry.key} entry={entry} />
      ))}
    </ol>
  );
}
