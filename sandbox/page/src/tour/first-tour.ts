import { statusOf } from '../kit/chip';
import { ordersOf, type Tour } from './tour-step';

/** One check, from the recruiter's move to the note with the result. */
export const FIRST_TOUR: Tour = {
  id: 'first',
  name: 'A background check',
  about: 'Six steps, two minutes: you play all three parts and see what the service does between them.',
  steps: [
    {
      title: ([name]) => `Move ${name} to Background Check`,
      text: () =>
        'You are the recruiter. Drag the card to the column with the shield, or focus it, press Space and use the arrow keys. Lever tells the service, and the service orders a check.',
      person: 0,
      part: 'board',
      marks: ['card', 'trigger-column'],
      isDone: ({ people: [person] }) => person !== undefined && statusOf(person.tags) !== null,
    },
    {
      title: () => 'See the order at VICTIG',
      text: ([name]) =>
        `The card says Pending, and VICTIG has the order. Go to its desk: product, client and reference of ${name}’s order were chosen by the settings, and the strip says why.`,
      person: 0,
      part: 'victig',
      marks: ['order'],
      isDone: (scene) => scene.place.part === 'victig' && ordersOf(scene, scene.people[0]).length > 0,
    },
    {
      title: () => 'Fill in the form',
      text: ([name]) =>
        `You are ${name}. VICTIG’s invitation is in the mailbox: start the form, let it be filled in for you, and submit it.`,
      person: 0,
      part: 'candidate',
      marks: ['invitation', 'fill-in', 'submit'],
      isDone: (scene) =>
        ordersOf(scene, scene.people[0]).some(({ invitation }) => invitation?.state === 'done'),
    },
    {
      title: () => 'Complete the report',
      text: () =>
        'Lever says In Progress now. You are VICTIG again: choose a decision, flag the report if you like, and complete it.',
      person: 0,
      part: 'victig',
      marks: ['complete'],
      isDone: ({ people: [person] }) => person !== undefined && statusOf(person.tags) === 'Complete',
    },
    {
      title: ([name]) => `Open ${name}’s card`,
      text: () =>
        'The result is in Lever: tags for the status, the flag and the decision, which came after a secret note. Open the card.',
      person: 0,
      part: 'board',
      marks: ['card'],
      isDone: ({ place, people: [person] }) =>
        place.part === 'board' && place.isCardOpen && place.candidateId === person?.id,
    },
    {
      title: () => 'Read the result note',
      text: () => 'Most people only see that there is a secret note. View it as a user who may.',
      person: 0,
      part: 'board',
      isCardOpen: true,
      marks: ['authorized'],
      isDone: ({ noteSeenOf, people: [person] }) => noteSeenOf !== null && noteSeenOf === person?.id,
    },
  ],
  end: 'That is the whole way: the note names product, order, dates and searches, and links to the report behind a login.',
};
