import { useEffect, type ReactElement } from 'react';
import { useSpeaker } from '../kit/announcer';
import { Icon } from '../kit/icon';
import type { TourProgress } from './tour-memory';
import type { Tour, TourStep } from './tour-step';
import { TOURS, useTour } from './tour-context';

/** Beside the page and never over it: what to do next, and whether it is done. */
export function TourPanel(): ReactElement | null {
  const { memory, tour, step } = useTour();
  if (memory === null) return <Invitation />;
  if (memory === 'declined' || !tour) return null;
  return step ? <Step tour={tour} step={step} progress={memory} /> : <End tour={tour} />;
}

/** At the first visit. */
function Invitation(): ReactElement {
  const { start, stop } = useTour();
  return (
    <section className="tour" aria-labelledby="tour-title">
      <p className="tour__head">
        <Icon name="compass" /> New here?
      </p>
      <h2 id="tour-title">See one background check, from stage to result</h2>
      <p className="tour__text">{TOURS[0]?.about}</p>
      <div className="tour__acts">
        {TOURS.slice(0, 1).map((tour) => (
          <button key={tour.id} type="button" className="button button--primary" onClick={() => start(tour)}>
            Take the tour
          </button>
        ))}
        <button type="button" className="button button--quiet" onClick={stop}>
          Not now
        </button>
      </div>
    </section>
  );
}

interface StepProps {
  tour: Tour;
  step: TourStep;
  progress: TourProgress;
}

function Step({ tour, step, progress }: StepProps): ReactElement {
  const { names, next, show, stop } = useTour();
  const { say } = useSpeaker();
  const at = `Step ${progress.step + 1} of ${tour.steps.length}`;
  const title = step.title(names);
  const text = step.text(names);

  useEffect(() => {
    say(`${at}: ${title}. ${text}`);
  }, [at, title, text, say]);
  useEffect(() => {
    if (progress.isDone) say(`${title}: done.`);
  }, [progress.isDone, title, say]);

  return (
    <section className="tour" aria-labelledby="tour-title" data-step={progress.step + 1}>
      <div className="tour__head">
        <span>{at}</span>
        <span className="tour__dots" aria-hidden="true">
          {tour.steps.map((one, index) => (
            <span
              key={one.title(names)}
              data-passed={index < progress.step || (index === progress.step && progress.isDone)}
            />
          ))}
        </span>
        <button type="button" className="icon-button" aria-label="Leave the tour" onClick={stop}>
          <Icon name="close" />
        </button>
      </div>
      <h2 id="tour-title">{title}</h2>
      <p className="tour__text">{text}</p>
      {progress.isDone && (
        <p className="tour__done">
          <Icon name="check" /> Done
        </p>
      )}
      <div className="tour__acts">
        {progress.isDone ? (
          <button type="button" className="button button--primary" onClick={next}>
            {progress.step + 1 === tour.steps.length ? 'Finish' : 'Next step'}
          </button>
        ) : (
          <button type="button" className="button" onClick={show}>
            Show me where
          </button>
        )}
        {!progress.isDone && (
          <button type="button" className="button button--quiet" onClick={next}>
            Skip
          </button>
        )}
      </div>
    </section>
  );
}

function End({ tour }: { tour: Tour }): ReactElement {
  const { start, stop } = useTour();
  const others = TOURS.filter(({ id }) => id !== tour.id);
  return (
    <section className="tour" aria-labelledby="tour-title" data-step="end">
      <p className="tour__head">
        <Icon name="check" /> The tour is over
      </p>
      <h2 id="tour-title">{tour.name}</h2>
      <p className="tour__text">{tour.end}</p>
      <div className="tour__acts">
        {others.map((other) => (
          <button
            key={other.id}
            type="button"
            className="button button--primary"
            onClick={() => start(other)}
          >
            Next: {other.name}
          </button>
        ))}
        <button type="button" className="button button--quiet" onClick={stop}>
          Close
        </button>
      </div>
    </section>
  );
}
