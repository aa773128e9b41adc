import { seededRandom } from '../../sandbox/seeded-random.ts';
import type { Random } from '../../sandbox/seeded-random.ts';
import { EAGER, PATIENT, STRICT, type Customer } from './customers.ts';

/** How the candidate comes to the service's notice. */
export type Entrance =
  /** Moved into the trigger stage: a real, signed webhook. */
  | 'moved'
  /** Moved in and out again while the order is held. */
  | 'moved_and_back'
  /** A signed webhook says so, but the candidate is in another stage. */
  | 'claimed'
  /** Stands in the stage since before; a webhook with a forged signature says that it was moved. */
  | 'forged';

/** What the recruiter or VICTIG's staff do after the first order was placed, or has come to its end. */
export type SecondAct =
  | 'none'
  | 'mend_and_move_again'
  | 'move_again'
  | 'reopen_with_another_flag'
  /** While the check runs; twice, for people are told once. */
  | 'leave_twice'
  | 'archive';

/** What VICTIG must have been asked for once. */
export interface ExpectedOrder {
  product: string;
  clientGuid: string;
}

/** What must be true when all is at rest, read from the specification and not from the service. */
export interface Expected {
  orders: readonly ExpectedOrder[];
  status: 'Complete' | 'Rejected' | 'Canceled' | null;
  rejectionNotes: number;
  /** What the rejection note must say somewhere. */
  rejectionSays: string | null;
  resultNotes: number;
  changeNotes: number;
  /** That the check goes on without its candidate. */
  withdrawalNotes: number;
}

export interface Candidate {
  n: number;
  kind: string;
  customer: Customer;
  name: string;
  email: string | null;
  /** What is entered by the recruiter who mends a rejected order. */
  mendedEmail: string;
  tags: readonly string[];
  entrance: Entrance;
  secondAct: SecondAct;
  canceledAtVictig: boolean;
  flagged: boolean;
  decision: string | null;
  /** From the beginning of the run. */
  entersAtMs: number;
  expected: Expected;
}

interface Kind {
  name: string;
  customer: Customer;
  weight: number;
  candidateName?: string;
  noEmail?: true;
  tags?: readonly string[];
  entrance?: Entrance;
  secondAct?: SecondAct;
  canceledAtVictig?: true;
  expected: Expected;
}

const NOTHING: Expected = {
  orders: [],
  status: null,
  rejectionNotes: 0,
  rejectionSays: null,
  resultNotes: 0,
  changeNotes: 0,
  withdrawalNotes: 0,
};

const complete = (customer: Customer, product: string, clientGuid = customer.clientGuid): Expected => ({
  ...NOTHING,
  orders: [{ product, clientGuid }],
  status: 'Complete',
  resultNotes: 1,
});

const rejected = (says: string): Expected => ({
  ...NOTHING,
  status: 'Rejected',
  rejectionNotes: 1,
  rejectionSays: says,
});

const NO_EMAIL =
  'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.';
const SINGLE_NAME = "the candidate's name has only one part";

const strict = (product = 'Criminal Package 1'): Expected => complete(STRICT, product);
const eager = (product = 'Driver Package'): Expected => complete(EAGER, product);
const patient = complete(PATIENT, 'Employment Verification');
const canceled = (expected: Expected): Expected => ({ ...expected, status: 'Canceled', resultNotes: 0 });
const branch = EAGER.subClient?.guid ?? '';

/** Who is moved into the trigger stage, how often, and what the specification promises for them. */
const MOVED: readonly Kind[] = [
  { name: 'plain', customer: STRICT, weight: 18, expected: strict() },
  {
    name: 'product by tag (M1)',
    customer: STRICT,
    weight: 6,
    tags: ['Product: Criminal Package 2'],
    expected: strict('Criminal Package 2'),
  },
  {
    name: 'not quite the prefix (M2)',
    customer: STRICT,
    weight: 2,
    tags: ['product: Criminal Package 2'],
    expected: strict(),
  },
  {
    name: 'unknown product (M3)',
    customer: STRICT,
    weight: 4,
    tags: ['Product: Criminal Package 3'],
    expected: rejected('asks for a product that VICTIG\'s client "Acme" does not have'),
  },
  { name: 'no email (S2)', customer: STRICT, weight: 4, noEmail: true, expected: rejected(NO_EMAIL) },
  {
    name: 'rejected, mended, moved again (T7)',
    customer: STRICT,
    weight: 4,
    noEmail: true,
    secondAct: 'mend_and_move_again',
    expected: { ...strict(), rejectionNotes: 1, rejectionSays: NO_EMAIL },
  },
  {
    name: 'moved again, never reorder (T7)',
    customer: STRICT,
    weight: 4,
    secondAct: 'move_again',
    expected: strict(),
  },
  {
    name: 'reopened, other flag (R4)',
    customer: STRICT,
    weight: 4,
    secondAct: 'reopen_with_another_flag',
    expected: { ...strict(), changeNotes: 1 },
  },
  {
    name: 'canceled at VICTIG (S4)',
    customer: STRICT,
    weight: 3,
    canceledAtVictig: true,
    expected: canceled(strict()),
  },
  {
    name: 'left while it ran (T7)',
    customer: STRICT,
    weight: 4,
    secondAct: 'leave_twice',
    expected: { ...strict(), withdrawalNotes: 1 },
  },
  { name: 'plain', customer: EAGER, weight: 10, expected: eager() },
  {
    name: 'product by tag (M1)',
    customer: EAGER,
    weight: 4,
    tags: ['Package – Driver Package Plus'],
    expected: eager('Driver Package Plus'),
  },
  {
    name: 'unknown product, default (M3)',
    customer: EAGER,
    weight: 3,
    tags: ['Package – Pilot Package'],
    expected: eager(),
  },
  {
    name: 'sub-client by tag (M4)',
    customer: EAGER,
    weight: 5,
    tags: ['Branch: Borealis North'],
    expected: complete(EAGER, 'Driver Package', branch),
  },
  {
    name: 'unknown sub-client, main (M5)',
    customer: EAGER,
    weight: 3,
    tags: ['Branch: Borealis South'],
    expected: eager(),
  },
  {
    name: 'moved again, always reorder (T7)',
    customer: EAGER,
    weight: 4,
    secondAct: 'move_again',
    expected: { ...eager(), orders: [...eager().orders, ...eager().orders], resultNotes: 2 },
  },
  {
    name: 'archived while it ran (T7)',
    customer: EAGER,
    weight: 3,
    secondAct: 'archive',
    expected: { ...eager(), withdrawalNotes: 1 },
  },
  { name: 'plain, held (T8)', customer: PATIENT, weight: 10, expected: patient },
  {
    name: 'left while held (T8)',
    customer: PATIENT,
    weight: 4,
    entrance: 'moved_and_back',
    expected: NOTHING,
  },
  {
    name: 'single name (M8)',
    customer: PATIENT,
    weight: 3,
    candidateName: 'Ana',
    expected: rejected(SINGLE_NAME),
  },
  {
    name: 'canceled at VICTIG (S4)',
    customer: PATIENT,
    weight: 3,
    canceledAtVictig: true,
    expected: canceled(patient),
  },
];

/** Whom nobody asked a check for, whatever a webhook says. */
const NOBODY_ASKED: readonly Kind[] = [
  { name: 'claimed, other stage (T6)', customer: STRICT, weight: 1, entrance: 'claimed', expected: NOTHING },
  { name: 'forged (T1)', customer: EAGER, weight: 1, entrance: 'forged', expected: NOTHING },
];

const SHARE_NOBODY_ASKED = 0.1;

/** Everything a run will do, from its seed alone. */
export function planOf(options: { orders: number; seed: number; feedMs: number }): Candidate[] {
  const random = seededRandom(options.seed);
  const strangers = Math.ceil(options.orders * SHARE_NOBODY_ASKED);
  const kinds = [
    ...Array.from({ length: options.orders }, () => drawn(random, MOVED)),
    ...Array.from({ length: strangers }, () => drawn(random, NOBODY_ASKED)),
  ];
  return kinds
    .map((kind, n) => candidate(kind, n, random, options))
    .toSorted((a, b) => a.entersAtMs - b.entersAtMs);
}

function candidate(
  kind: Kind,
  n: number,
  random: Random,
  { seed, feedMs }: { seed: number; feedMs: number },
): Candidate {
  const email = `chaos-${seed}-${n}@example.com`;
  return {
    n,
    kind: `${kind.customer.name}: ${kind.name}`,
    customer: kind.customer,
    name: kind.candidateName ?? 'Ana María Ruiz',
    email: kind.noEmail ? null : email,
    mendedEmail: email,
    tags: ['Full-time', ...(kind.tags ?? [])],
    entrance: kind.entrance ?? 'moved',
    secondAct: kind.secondAct ?? 'none',
    canceledAtVictig: kind.canceledAtVictig ?? false,
    flagged: random() < 0.3,
    decision: random() < 0.5 ? 'Eligible' : null,
    entersAtMs: random() * feedMs,
    expected: kind.expected,
  };
}

function drawn(random: Random, kinds: readonly Kind[]): Kind {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random() * total;
  const found = kinds.find(({ weight }) => (rest -= weight) < 0) ?? kinds[0];
  if (found === undefined) throw new Error('there are no kinds to draw from');
  return found;
}
