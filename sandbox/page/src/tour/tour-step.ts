import type { Candidate, Order, Story, World } from '../live/wire';
import type { Place } from '../shell/place';

/** What a step looks at to tell whether it is done. */
export interface Scene {
  world: World;
  story: Story | null;
  place: Place;
  /** Those the tour is about, in the order in which it needs them. */
  people: readonly Candidate[];
  /** Whose secret note was last read. */
  noteSeenOf: string | null;
}

export interface TourStep {
  title: (names: readonly string[]) => string;
  text: (names: readonly string[]) => string;
  /** Which of the people it is about. */
  person: number;
  part: Place['part'];
  isCardOpen?: boolean;
  /** What is outlined on the page; `card` and `order` stand for those of the person. */
  marks: readonly string[];
  isDone: (scene: Scene) => boolean;
}

export interface Tour {
  id: 'first' | 'troubles';
  name: string;
  about: string;
  steps: readonly TourStep[];
  /** Said when the last step is done. */
  end: string;
}

export const ordersOf = ({ world }: Scene, person: Candidate | undefined): Order[] =>
  world.orders.filter(({ candidateId }) => candidateId !== null && candidateId === person?.id);
