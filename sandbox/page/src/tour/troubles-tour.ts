import { statusOf } from '../kit/chip';
import { ordersOf, type Tour } from './tour-step';

const GOES_ON: ReadonlySet<string | null> = new Set(['Pending', 'In Progress', 'Complete']);
const DOWN = 'page:victig:down';

/** A refusal mended, an outage survived, a duplicate ignored. */
export const TROUBLES_TOUR: Tour = {
  id: 'troubles',
  name: 'When things go wrong',
  about: 'Seven steps: a refusal is mended, an outage survived, and a duplicate ignored.',
  steps: [
    {
      title: ([lee]) => `Move ${lee} to Background Check`,
      text: ([lee]) =>
        `${lee} has no email address, so VICTIG could invite nobody. See what the recruiter is told.`,
      person: 0,
      part: 'board',
      marks: ['card', 'trigger-column'],
      isDone: ({ people: [lee] }) => lee !== undefined && statusOf(lee.tags) === 'Rejected',
    },
    {
      title: () => 'Mend it',
      text: () =>
        'Open the card. The note says what is wrong and how to mend it: add an email address and save it.',
      person: 0,
      part: 'board',
      isCardOpen: true,
      marks: ['emails'],
      isDone: ({ people: [lee] }) => lee !== undefined && lee.emails.length > 0,
    },
    {
      title: ([lee]) => `Move ${lee} out and back in`,
      text: () => 'As the note says: to another stage, and to Background Check again. Now it is ordered.',
      person: 0,
      part: 'board',
      isCardOpen: true,
      marks: ['stage'],
      isDone: ({ people: [lee] }) => lee !== undefined && GOES_ON.has(statusOf(lee.tags)),
    },
    {
      title: () => 'Switch VICTIG off',
      text: () => 'At VICTIG’s desk switch on the fault Down. From now on it answers 503 to everything.',
      person: 1,
      part: 'victig',
      marks: [DOWN],
      isDone: ({ world }) => world.faults.some(({ label }) => label === DOWN),
    },
    {
      title: ([, jan]) => `Move ${jan} to Background Check`,
      text: () =>
        'The webhook is answered and kept. Watch the strip: the calls fail and are tried again, with growing waits.',
      person: 1,
      part: 'board',
      marks: ['card', 'trigger-column'],
      isDone: ({ story, people: [, jan] }) =>
        story?.state === 'told' &&
        story.candidateId === jan?.id &&
        story.entries.some(({ failed }) => failed),
    },
    {
      title: () => 'Switch VICTIG on again',
      text: () =>
        'Switch Down off. At the next try the order is placed: once, and nobody had to do anything.',
      person: 1,
      part: 'victig',
      marks: [DOWN],
      isDone: (scene) =>
        !scene.world.faults.some(({ label }) => label === DOWN) &&
        GOES_ON.has(statusOf(scene.people[1]?.tags ?? [])) &&
        ordersOf(scene, scene.people[1]).length === 1,
    },
    {
      title: () => 'Send the same webhook again',
      text: ([, jan]) =>
        `Lever may deliver twice. Open ${jan}’s card and send the newest webhook again, byte for byte.`,
      person: 1,
      part: 'board',
      isCardOpen: true,
      marks: ['resend'],
      isDone: ({ world, people: [, jan] }) =>
        world.deliveries.some(
          ({ candidateId, repeats, state }) =>
            repeats !== null && state === 'delivered' && candidateId !== null && candidateId === jan?.id,
        ),
    },
  ],
  end: 'It was answered 200 and changed nothing: there is still one order and one tag.',
};
