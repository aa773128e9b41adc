import { SEED } from '../seed.ts';
import type { Opportunity, Posting, Stage } from './lever-state.ts';
import { newOpportunity } from './new-opportunity.ts';

const FIRST_NAMES =
  'Ada Ben Chloé Dmitri Elif Farid Grace Hana Ivan Jorge Keiko Liam Mei Noor Olga Pavel'.split(' ');
const LAST_NAMES =
  'Okafor|van Dijk|Kowalski|García López|Nguyễn|Smith-Jones|O’Brien|Haddad|Yamada|de la Cruz|Larsen'.split(
    '|',
  );

/**
 * Candidates with names of many kinds and an email address and phone number of their own, spread over the postings.
 * @param first the number of the first one, from which name and addresses follow
 */
export function inventPeople(
  count: number,
  first: number,
  postings: readonly Posting[],
  stages: readonly Stage[],
  stageId: string,
  nowMs: number,
): Opportunity[] {
  return Array.from({ length: count }, (_, index) => {
    const n = first + index;
    const firstName = FIRST_NAMES[n % FIRST_NAMES.length] ?? '';
    const lastName = LAST_NAMES[n % LAST_NAMES.length] ?? '';
    return newOpportunity(
      {
        account: SEED.lever.account,
        name: `${firstName} ${lastName}`,
        emails: [`candidate.${n}@example.com`],
        phones: [{ type: 'mobile', value: `415-555-${String(n % 10_000).padStart(4, '0')}` }],
        stage: stageId,
      },
      postings.length === 0 ? undefined : postings[n % postings.length],
      stages,
      nowMs,
    );
  });
}
