import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OrderResults, ReportRevision } from '../order-vault.js';
import { resultNotes, untoldReport } from './result-notes.js';

const order = { id: '0198c0de-0000-7000-8000-0123456789ab' };
const settingsOf = (flag: boolean, decision: boolean, attachReport = false) => ({
  flag: { enabled: flag, prefix: 'Flag:' },
  decision: { enabled: decision, prefix: 'Decision:' },
  attachReport,
});
const resultsOf = (revisions: readonly ReportRevision[]): OrderResults => ({
  report: {
    product: 'Criminal Package 1',
    client: 'Acme, Inc.',
    fileNumber: '572352',
    orderedAt: null,
    completedAt: null,
    flagged: false,
    decision: null,
    searches: [],
    reportLink: null,
  },
  revisions,
});
const said = (flagged: boolean, decision: string | null = null): ReportRevision => ({ flagged, decision });

/** By its last line, and what it tells. */
const read = ({ reference, text }: { reference: string; text: string }): [string, ...string[]] => {
  const lines = text.split('\n');
  expect(lines.at(-1)).toBe(`Reference: ${reference}`);
  return [
    reference.slice(reference.lastIndexOf('-') + 1),
    ...lines.filter((line) => /^(Flag|Deci)/.test(line)),
  ];
};

describe('the notes of a completed order', () => {
  it('leave out what changed in nothing that is enabled, and keep the names of the others (R4)', () => {
    const results = resultsOf([said(false), said(true), said(true, 'Review'), said(false, 'Review')]);
    expect(resultNotes(order, results, settingsOf(false, true)).map(read)).toEqual([
      ['R1', 'Decision: no decision on the report'],
      ['R3', 'Decision: Review (before: none)'],
    ]);
    expect(resultNotes(order, results, settingsOf(true, false)).map(read)).toEqual([
      ['R1', 'Flagged: no'],
      ['R2', 'Flagged: yes (before: no)'],
      ['R4', 'Flagged: no (before: yes)'],
    ]);
    expect(resultNotes(order, results, settingsOf(false, false)).map(read)).toEqual([['R1']]);
  });

  it('tell each change of what is enabled once, against what was told before, and stay as they are (R4)', () => {
    const revision = fc.record({
      flagged: fc.boolean(),
      decision: fc.constantFrom(null, ' ', 'Eligible', 'Review'),
    });
    const revisions = fc.array(revision, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(revisions, fc.boolean(), fc.boolean(), (all, flag, decision) => {
        const settings = settingsOf(flag, decision);
        let notes: ReturnType<typeof resultNotes> = [];
        let told: string | null = null;
        for (const [index, { flagged, decision: chosen }] of all.entries()) {
          const earlier = notes;
          notes = resultNotes(order, resultsOf(all.slice(0, index + 1)), settings);
          const now = [flag ? flagged : null, decision ? chosen?.trim() || null : null].join();
          // Whatever was posted is asked for as it was: by the same reference and with the same text.
          expect(notes.slice(0, earlier.length)).toEqual(earlier);
          expect(notes.slice(earlier.length).map((note) => read(note)[0])).toEqual(
            now === told ? [] : [`R${index + 1}`],
          );
          const last = notes.at(-1)?.text ?? '';
          if (now !== told && told !== null) {
            const [flagBefore, decisionBefore] = told.split(',');
            expect(last.includes('Flagged: ')).toBe(flag && flagBefore !== String(flagged));
            expect(last.includes('Decision: ')).toBe(decision && decisionBefore !== now.split(',')[1]);
            if (last.includes('Decision: ')) expect(last).toContain(`(before: ${decisionBefore || 'none'})`);
          }
          told = now;
        }
      }),
    );
  });
});

describe('a report of which no note tells', () => {
  const silent = (attach: boolean) => settingsOf(false, false, attach);

  it('is to be uploaded all the same, where reports are, under the name that its note would have (R5)', () => {
    const results = resultsOf([said(false), said(true)]);
    expect(untoldReport(order, results, silent(true))).toBe('BGC-0123456789ab-R2');
    expect(untoldReport(order, results, silent(false))).toBeNull();
  });

  it.each([
    ['the first, which has a note whatever it says', [said(true)], silent(true)],
    ['one whose change is told', [said(false), said(true)], settingsOf(true, false, true)],
  ])('is not %s (R5)', (_, revisions, settings) => {
    expect(untoldReport(order, resultsOf(revisions), settings)).toBeNull();
  });
});
