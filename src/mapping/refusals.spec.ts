import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  REFUSAL_CODES,
  refusal,
  rejectionNote,
  WITHDRAWAL_REASONS,
  withdrawalNote,
  orderedAfterAllNote,
  type Refusal,
  type WithdrawalReason,
} from './refusals.js';

const NEAREST = { name: 'Criminal Package 2', differsOnlyIn: null };

/** Written by hand: a change of a text is a change of what recruiters read. The docs page lists the same. */
const GOLDEN: readonly [() => Refusal, string][] = [
  [
    () => refusal('missing_email'),
    'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('invalid_email'),
    'Background check not ordered: the opportunity has no valid email address. Correct it or add another, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('missing_name'),
    "Background check not ordered: the opportunity does not give the candidate's name. Enter the first and last name, then move the candidate out of and back into the stage.",
  ],
  [
    () => refusal('single_name'),
    "Background check not ordered: the candidate's name has only one part, and VICTIG needs a first and a last name. Complete the name, then move the candidate out of and back into the stage.",
  ],
  [
    () =>
      refusal('unknown_product', {
        tag: 'Product: Criminal Package 3',
        asked: 'Criminal Package 3',
        client: 'Acme',
        nearest: NEAREST,
      }),
    'Background check not ordered: the tag "Product: Criminal Package 3" asks for a product that VICTIG\'s client "Acme" does not have; the nearest is "Criminal Package 2". Correct or remove the tag, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('unknown_product', {
        tag: 'Product: criminal package 2',
        asked: 'criminal package 2',
        client: 'Acme',
        nearest: { name: 'Criminal Package 2', differsOnlyIn: 'letter case' },
      }),
    'Background check not ordered: the tag "Product: criminal package 2" asks for a product that VICTIG\'s client "Acme" does not have; the nearest is "Criminal Package 2", which differs only in letter case. Correct or remove the tag, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('unknown_product', { tag: 'Product:', asked: '', client: 'Acme', nearest: NEAREST }),
    'Background check not ordered: the tag "Product:" names no product of VICTIG\'s client "Acme"; the nearest is "Criminal Package 2". Correct or remove the tag, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('default_product_missing', { product: 'Criminal Package 1', client: 'Acme', nearest: NEAREST }),
    'Background check not ordered: the default product "Criminal Package 1" does not exist in VICTIG\'s client "Acme"; the nearest is "Criminal Package 2". Ask the administrator of the VICTIG connection to correct the setting, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('default_product_missing', { product: 'Criminal Package 1', client: 'Acme', nearest: null }),
    'Background check not ordered: the default product "Criminal Package 1" does not exist in VICTIG\'s client "Acme"; there are no products. Ask the administrator of the VICTIG connection to correct the setting, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('ambiguous_product', { product: 'Criminal Package 1', client: 'Acme', count: 2 }),
    'Background check not ordered: VICTIG\'s client "Acme" has 2 products named "Criminal Package 1", so it is not clear which one is meant. Ask VICTIG to rename all but one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('conflicting_product_tags', { tags: ['Product: A', 'Product: B'] }),
    'Background check not ordered: the tags "Product: A" and "Product: B" ask for different products. Remove all but one, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('sub_client_not_found', {
        field: 'city',
        value: 'Austn',
        askedBy: 'location',
        nearest: { name: 'Austin', differsOnlyIn: null },
      }),
    'Background check not ordered: the job\'s location gives "Austn", and no VICTIG client has that city; the nearest is "Austin". Correct the job\'s location, or ask the administrator of the VICTIG connection to add the client, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('sub_client_not_found', {
        field: 'city',
        value: 'Austn',
        askedBy: 'location',
        nearest: 'unnamed',
      }),
    'Background check not ordered: the job\'s location gives "Austn", and no VICTIG client has that city. Correct the job\'s location, or ask the administrator of the VICTIG connection to add the client, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('sub_client_not_found', { field: 'code', value: 'SF', askedBy: 'tag', nearest: null }),
    'Background check not ordered: the sub-client tag asks for "SF", and no VICTIG client has that code; there are no clients with a code. Correct or remove the tag, or ask the administrator of the VICTIG connection to add the client, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('sub_client_not_found', { field: 'name', value: null, askedBy: 'location', nearest: null }),
    'Background check not ordered: the job has no location, and the VICTIG client is chosen by it. Give the job a location, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('sub_client_ambiguous', {
        field: 'city',
        value: 'Austin',
        askedBy: 'location',
        clients: ['Acme North', 'Acme South'],
      }),
    'Background check not ordered: the job\'s location gives "Austin", and 2 VICTIG clients have that city: "Acme North" and "Acme South". Ask the administrator of the VICTIG connection to make clear which one is meant, then move the candidate out of and back into the stage.',
  ],
  [
    () =>
      refusal('sub_client_ambiguous', {
        field: 'code',
        value: 'SF',
        askedBy: 'tag',
        clients: ['Acme North', 'Acme South'],
      }),
    'Background check not ordered: the sub-client tag asks for "SF", and 2 VICTIG clients have that code: "Acme North" and "Acme South". Ask the administrator of the VICTIG connection to make clear which one is meant, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('sub_client_ambiguous', { field: 'code', value: 'SF', askedBy: 'tag', clients: 2 }),
    'Background check not ordered: the sub-client tag asks for "SF", and 2 VICTIG clients have that code. Ask the administrator of the VICTIG connection to make clear which one is meant, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('conflicting_sub_client_tags', { tags: ['Office: A', 'Office: B', 'Office: C'] }),
    'Background check not ordered: the tags "Office: A", "Office: B" and "Office: C" ask for different sub-clients. Remove all but one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('conflicting_reference_tags', { tags: ['Reference: 1', 'Reference: 2'] }),
    'Background check not ordered: the tags "Reference: 1" and "Reference: 2" give different references. Remove all but one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('text_without_phone'),
    'Background check not ordered: candidates are invited by text message only, and the opportunity has no valid phone number. Add one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('no_invitation'),
    'Background check not ordered: the settings invite candidates neither by email nor by text message. Ask the administrator of the VICTIG connection to choose one, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('victig_refused', { messages: ['The zip code is wrong', 'A state is required.'] }),
    'Background check not ordered: VICTIG refused the request: The zip code is wrong. A state is required. Mend what it names, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('victig_refused', { messages: [] }),
    'Background check not ordered: VICTIG refused the request without giving a reason. Ask VICTIG for it, mend what it names, then move the candidate out of and back into the stage.',
  ],
  [
    () => refusal('earlier_order_placed', { fileNumber: '576468' }),
    'Background check not ordered: VICTIG already has order 576468 of this candidate, which was sent earlier and whose answer was lost. Nothing was ordered now, so that it is not paid for twice. Use that order, or ask VICTIG to cancel it; for another one, move the candidate out of and back into the stage then, or ask the administrator of the VICTIG connection to order it by hand.',
  ],
  [
    () => refusal('earlier_order_placed', { fileNumber: '' }),
    'Background check not ordered: VICTIG already has an order of this candidate, which was sent earlier and whose answer was lost. Nothing was ordered now, so that it is not paid for twice. Use that order, or ask VICTIG to cancel it; for another one, move the candidate out of and back into the stage then, or ask the administrator of the VICTIG connection to order it by hand.',
  ],
  [
    () => refusal('candidate_anonymized'),
    'Background check not ordered: the candidate has been anonymized in Lever, so there is nobody to invite. Nothing can be ordered for this opportunity.',
  ],
];

/** Made anew in each test: what is made while tests are only being listed tells the mutation tester nothing. */
const named = (golden: typeof GOLDEN): [string, () => Refusal, string][] =>
  golden.map(([made, text]) => [made().code, made, text]);

describe('refusals', () => {
  it.each(named(GOLDEN))('%s says what is wrong and how to mend it (S2)', (_code, refused, text) => {
    expect(refused().message).toBe(text);
  });

  it('have a golden text each (S2)', () => {
    expect([...new Set(GOLDEN.map(([made]) => made().code))]).toEqual([...REFUSAL_CODES]);
  });

  it('are listed in the docs with exactly these texts (S2)', () => {
    const page = readFileSync(new URL('../../docs/how-an-order-is-decided.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^- `(\w+)`: (Background check not ordered: .*)$/gm)];
    expect(listed.map(([, code, text]) => [code, text])).toEqual(
      GOLDEN.map(([made, text]) => [made().code, text]),
    );
  });

  it('keep foreign text on one line, short and without mentions (S2)', () => {
    const tag = `Product: a\r\nb\u0000c\u202E @all ${'x'.repeat(500)}`;
    const { message } = refusal('conflicting_product_tags', { tags: [tag, 'Product: z'] });
    expect(message).toContain('"Product: a b c ＠all xxx');
    expect(message).not.toMatch(/[@\p{Cc}\p{Bidi_Control}]/u);
    expect(message.length).toBeLessThan(400);
  });

  it('keep the sentences of VICTIG on one line and without mentions (S2)', () => {
    const { message } = refusal('victig_refused', { messages: ['ask\n@bob', ' '] });
    expect(message).toContain('refused the request: ask ＠bob. Mend');
  });

  it('name at most the first tags of many (S2)', () => {
    const tags = ['1', '2', '3', '4', '5', '6', '7'];
    expect(refusal('conflicting_product_tags', { tags }).message).toContain(
      '"1", "2", "3", "4" and 3 more ask for',
    );
  });
});

describe('the rejection note', () => {
  it('of one refusal is exactly its text (S2)', () => {
    expect(rejectionNote([refusal('missing_email')])).toBe(
      'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.',
    );
  });

  it('of several gives each a line of its own (S2)', () => {
    const both = [refusal('missing_email'), refusal('single_name')];
    expect(rejectionNote(both).split('\n')).toEqual(both.map(({ message }) => message));
  });
});

describe('the note on a check that was ordered after all', () => {
  const golden =
    'Background check ordered after all: VICTIG has taken order 576468, though an earlier note says otherwise. The check runs, and moving the candidate into the stage again orders no other. If it is not wanted, ask VICTIG to cancel it.';

  it('has a golden text, listed in the docs (S2)', () => {
    expect(orderedAfterAllNote('576468')).toBe(golden);
    const page = readFileSync(new URL('../../docs/how-an-order-is-decided.md', import.meta.url), 'utf8');
    expect(page.split('\n')).toContain(`- \`ordered_after_all\`: ${golden}`);
  });

  it.each([null, '', ' '])(
    'names the candidate where VICTIG has given the order no number yet (S2)',
    (none) => {
      expect(orderedAfterAllNote(none)).toBe(golden.replace('order 576468', "this candidate's order"));
    },
  );
});

/** Written by hand, as above. */
const GOLDEN_WITHDRAWALS: readonly [WithdrawalReason, string][] = [
  [
    'not_in_trigger_stage',
    'Background check still running: the candidate has left the stage, but VICTIG goes on with order 576468. Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel order 576468.',
  ],
  [
    'archived',
    'Background check still running: the candidate has been archived, but VICTIG goes on with order 576468. Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel order 576468.',
  ],
  [
    'opportunity_not_found',
    'Background check still running: the opportunity is not in Lever any more, but VICTIG goes on with order 576468. Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel order 576468.',
  ],
];

describe('the note on a candidate who is withdrawn while the check runs', () => {
  it.each(GOLDEN_WITHDRAWALS)('%s: says that it goes on and who can stop it (T7)', (reason, text) => {
    expect(withdrawalNote(reason, '576468')).toBe(text);
  });

  it('has a golden text for each reason, listed in the docs (T7)', () => {
    expect(GOLDEN_WITHDRAWALS.map(([reason]) => reason)).toEqual([...WITHDRAWAL_REASONS]);
    const page = readFileSync(new URL('../../docs/how-an-order-is-decided.md', import.meta.url), 'utf8');
    const listed = [...page.matchAll(/^- `(\w+)`: (Background check still running: .*)$/gm)];
    expect(listed.map(([, reason, text]) => [reason, text])).toEqual(GOLDEN_WITHDRAWALS);
  });

  it.each([null, '', ' '])(
    'names the candidate where VICTIG has given the order no number yet (T7)',
    (none) => {
      expect(withdrawalNote('archived', none)).toBe(
        "Background check still running: the candidate has been archived, but VICTIG goes on with this candidate's order. Only VICTIG can stop it: if the check is not wanted any more, ask VICTIG to cancel this candidate's order.",
      );
    },
  );

  it('keeps what VICTIG calls a number short, on one line and without mentions (T7)', () => {
    expect(withdrawalNote('archived', `1\n@bob${'x'.repeat(500)}`)).toMatch(/order 1 ＠bobx+…\./);
  });
});
