import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';
import { useAct } from '../kit/use-act';
import { useSandbox } from '../live/sandbox-context';
import { goTo, type Place } from '../shell/place';
import { choosePeople } from './choose-people';
import { FIRST_TOUR } from './first-tour';
import { TROUBLES_TOUR } from './troubles-tour';
import { remember, useTourMemory, type TourMemory } from './tour-memory';
import type { Tour, TourStep } from './tour-step';

export const TOURS: readonly Tour[] = [FIRST_TOUR, TROUBLES_TOUR];

interface TourNow {
  memory: TourMemory;
  tour: Tour | null;
  /** Null at the end, and when no tour is taken. */
  step: TourStep | null;
  names: readonly string[];
  /** Outlined on the page. */
  marks: ReadonlySet<string>;
  start: (tour: Tour) => void;
  next: () => void;
  stop: () => void;
  /** Goes to where the step is to be done. */
  show: () => void;
  /** Somebody read the secret note of a candidate. */
  noteSeen: (candidateId: string) => void;
}

const CONTROLS = 'a, button, input, select';

const TourContext = createContext<TourNow | null>(null);

export function useTour(): TourNow {
  const now = use(TourContext);
  if (!now) throw new Error('useTour is called outside of TourProvider');
  return now;
}

/** The class of what the tour speaks of, by its name; empty for anything else. */
export function useTourMark(): (name: string) => string {
  const { marks } = useTour();
  return useCallback((name) => (marks.has(name) ? 'tour-mark' : ''), [marks]);
}

/** Brings what the step is about into view, and gives it the focus where it can have it. */
function revealMarks(): void {
  const marked = [...document.querySelectorAll<HTMLElement>('.tour-mark')];
  for (const element of marked.toReversed()) element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  const [first] = marked;
  const control = first?.matches(CONTROLS) ? first : first?.querySelector<HTMLElement>(CONTROLS);
  control?.focus({ preventScroll: true });
}

export function TourProvider({ place, children }: { place: Place; children: ReactNode }): ReactElement {
  const { world, story } = useSandbox();
  const { act } = useAct();
  const memory = useTourMemory();
  const [noteSeenOf, setNoteSeenOf] = useState<string | null>(null);

  const progress = memory === null || memory === 'declined' ? null : memory;
  const tour = TOURS.find(({ id }) => id === progress?.tour) ?? null;
  const step = tour && progress ? (tour.steps[progress.step] ?? null) : null;
  const people = useMemo(
    () =>
      (progress?.people ?? []).flatMap(
        (id) => world.candidates.find((candidate) => candidate.id === id) ?? [],
      ),
    [progress?.people, world.candidates],
  );
  const isDone = step?.isDone({ world, story, place, people, noteSeenOf }) ?? false;

  useEffect(() => {
    // What was done once stays done, for instance a card that was opened and closed again.
    if (progress && isDone && !progress.isDone) remember({ ...progress, isDone: true });
  }, [progress, isDone]);

  const showStep = useCallback((shown: TourStep | undefined, ids: readonly string[]) => {
    const candidateId = shown && ids[shown.person];
    if (shown && candidateId !== undefined) {
      goTo({ part: shown.part, candidateId, isCardOpen: shown.isCardOpen ?? false });
      // The part is drawn first.
      requestAnimationFrame(() => requestAnimationFrame(revealMarks));
    }
  }, []);
  const start = useCallback(
    (chosen: Tour) =>
      void act(async () => {
        const ids = await choosePeople(chosen.id, world);
        setNoteSeenOf(null);
        remember({ tour: chosen.id, step: 0, isDone: false, people: ids });
        showStep(chosen.steps[0], ids);
      }, `The tour begins: ${chosen.name}.`),
    [act, world, showStep],
  );
  const next = useCallback(() => {
    if (progress) remember({ ...progress, step: progress.step + 1, isDone: false });
  }, [progress]);
  const stop = useCallback(() => remember('declined'), []);
  const show = useCallback(
    () => showStep(step ?? undefined, progress?.people ?? []),
    [showStep, step, progress],
  );

  const now = useMemo(() => {
    const personId = step === null ? '' : (progress?.people[step.person] ?? '');
    const marks = step && !progress?.isDone ? step.marks : [];
    return {
      memory,
      tour,
      step,
      names: people.map(({ name }) => name),
      marks: new Set(
        marks.map((name) => (name === 'card' || name === 'order' ? `${name}:${personId}` : name)),
      ),
      start,
      next,
      stop,
      show,
      noteSeen: setNoteSeenOf,
    };
  }, [memory, tour, step, progress, people, start, next, stop, show]);
  return <TourContext value={now}>{children}</TourContext>;
}
