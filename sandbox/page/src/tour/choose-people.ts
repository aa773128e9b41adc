import { statusOf } from '../kit/chip';
import { drive } from '../live/drive';
import type { Candidate, World } from '../live/wire';
import type { Tour } from './tour-step';

interface Role {
  /** Whoever of this name has not been checked yet; else somebody new of it. */
  name: string;
  email: string | null;
}

const CAST: Record<Tour['id'], readonly Role[]> = {
  first: [{ name: 'Ana Ruiz', email: 'ana.ruiz' }],
  troubles: [
    { name: 'Lee Nomail', email: null },
    { name: 'Jan van der Berg', email: 'jan' },
  ],
};

/** Finds the people that a tour is about, or adds them, so that it can be taken again and again. */
export async function choosePeople(tour: Tour['id'], world: World): Promise<string[]> {
  const people: string[] = [];
  for (const role of CAST[tour]) people.push(findFor(role, world)?.id ?? (await add(role, world)));
  return people;
}

function findFor({ name, email }: Role, world: World): Candidate | undefined {
  return world.candidates.find(
    (candidate) =>
      candidate.name === name &&
      candidate.archived === null &&
      candidate.emails.length > 0 === (email !== null) &&
      statusOf(candidate.tags) === null &&
      !world.triggerStageIds.includes(candidate.stageId) &&
      !world.orders.some(({ candidateId }) => candidateId === candidate.id),
  );
}

function add({ name, email }: Role, world: World): Promise<string> {
  const [posting] = world.postings;
  const stage = world.stages.findLast(({ id }) => !world.triggerStageIds.includes(id));
  return drive.addCandidate({
    name,
    // Of their own, for VICTIG's orders are known by it.
    emails: email === null ? [] : [`${email}.${world.candidates.length + 1}@example.com`],
    phones: [],
    stageId: stage?.id ?? '',
    ...(posting ? { postingId: posting.id } : {}),
  });
}
