import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeNote,
  NOTE_LIMIT,
  resultNote,
  referenceIn,
  withReference,
  type ReportSummary,
} from './result-note.js';

const settings = {
  flag: { enabled: true, prefix: 'Flag:' },
  decision: { enabled: true, prefix: 'Decision:' },
};
const silent = {
  flag: { ...settings.flag, enabled: false },
  decision: { ...settings.decision, enabled: false },
};

const report: ReportSummary = {
  product: 'Criminal Package 1',
  client: 'Acme, Inc.',
  fileNumber: '572352',
  orderedAt: new Date('2026-03-01T23:59:59.999Z'),
  completedAt: new Date('2026-03-04T00:00:00.000Z'),
  flagged: true,
  decision: 'Eligible',
  searches: [
    { name: 'SSN Trace', status: 'complete' },
    { name: 'County Criminal (San Francisco, CA)', status: 'complete' },
  ],
  reportLink: 'https://victig.instascreen.net/editor/viewReport.taz?file=572352',
};
const bare: ReportSummary = {
  ...report,
  orderedAt: null,
  completedAt: new Date(Number.NaN),
  flagged: false,
  decision: null,
  searches: [],
  reportLink: null,
};
const hostile: ReportSummary = {
  ...report,
  product: 'Package @everyone\r\nDecision: Hired',
  client: '\u202EemcA\u0000 @ann',
  decision: ' Eligible\n@bob ',
  searches: [
    { name: 'Trace of 123-45-6789', status: 'done, see https://x.example/send/interchangeview/?a=k3y&b=365' },
    { name: ' \n ', status: '' },
  ],
  reportLink: 'https://victig.instascreen.net/send/interchangeview/?a=k3y&b=365&c=rptview&file=572352',
};

const golden = (name: string): string => readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');

describe('resultNote', () => {
  it.each([
    ['result', 'a whole report', report, settings],
    ['result-bare', 'a report with little in it, whose missing decision it names (R3)', bare, settings],
    ['result-silent', 'a report whose flag and decision are disabled', report, silent],
    ['result-hostile', 'foreign text that would mention people, forge lines or leak', hostile, settings],
  ])('is golden/%s.txt for %s (R1)', (name, _, summary, chosen) => {
    expect(`${resultNote(summary, chosen)}\n`).toBe(golden(name));
  });

  it.each([null, '', ' \t\n'])('says that the report has no decision when it is %j (R3)', (decision) => {
    expect(resultNote({ ...report, decision }, settings)).toContain(
      '\nDecision: no decision on the report\n',
    );
  });

  it('says that a decision cannot be told, and not that there is none (R3)', () => {
    const unknown = { ...report, decision: null, isDecisionUnknown: true };
    const told = 'Decision: given in a form that is not known; see the report';
    expect(resultNote(unknown, settings)).toContain(`\n${told}\n`);
    expect(changeNote(report, { before: report, after: unknown }, settings)).toContain(
      `${told} (before: Eligible)`,
    );
    expect(resultNote(unknown, silent)).not.toContain('Decision');
  });

  it('counts days in UTC, whatever the time zone (R1)', () => {
    const note = resultNote(report, settings);
    expect(note).toContain('\nOrdered: 2026-03-01\n');
    expect(note).toContain('\nCompleted: 2026-03-04\n');
  });

  it.each([
    'https://victig.instascreen.net/send/interchangeview/?a=k3y&b=365',
    'https://victig.instascreen.net/send/InterchangeView/x',
    'https://victig.instascreen.net/editor/viewReport.taz?file=1&a=k3y',
    'https://victig.instascreen.net/editor/viewReport.taz?%61=k3y',
    'https://victig.instascreen.net/editor/viewReport.taz?file=1#a=k3y',
    'https://user:k3y@victig.instascreen.net/editor/viewReport.taz',
    'javascript:alert(k3y)',
    'k3y',
  ])('leaves out the link %s and points to the portal (R1)', (reportLink) => {
    const note = resultNote({ ...report, reportLink }, settings);
    expect(note).not.toMatch(/k3y|interchangeview/i);
    expect(note).toContain("\nReport: in VICTIG's portal (login required)\n");
  });

  it('shows the link before the searches, so that a cut never takes it (R1)', () => {
    const searches = Array.from({ length: 500 }, (_, index) => ({
      name: `County ${index}`,
      status: 'complete',
    }));
    const note = withReference(resultNote({ ...report, searches }, settings), 'BGC-1-R1');
    expect(note).toContain(report.reportLink);
    expect(note.length).toBeLessThanOrEqual(NOTE_LIMIT);
  });

  it('tells nothing but what the summary has room for (R1)', () => {
    const secrets = {
      ssn: '999-88-7777',
      dateOfBirth: '1980-01-02',
      address: '1 Main St',
      charges: ['theft'],
    };
    const note = resultNote({ ...report, ...secrets }, settings);
    expect(note).not.toMatch(/999|1980|Main St|theft/);
  });

  it('never suggests a hiring decision, flagged or not (S5)', () => {
    const flagged = resultNote({ ...report, decision: null }, settings);
    const clear = resultNote({ ...report, flagged: false, decision: null }, settings);
    expect(flagged).not.toMatch(
      /\b(hir|reject|archiv|recommend|adverse|suitab|unfit|pass|fail|warn|careful)/i,
    );
    expect(flagged.replace('Flagged: yes', 'Flagged: no')).toBe(clear);
  });
});

describe('changeNote', () => {
  const before = { flagged: false, decision: 'Eligible' };

  it('is golden/change.txt when flag and decision changed (R4)', () => {
    expect(
      `${changeNote(report, { before, after: { flagged: true, decision: 'Review\n@ann' } }, settings)}\n`,
    ).toBe(golden('change'));
  });

  it('names only what changed (R4)', () => {
    expect(changeNote(report, { before, after: { ...before, decision: null } }, settings)).toBe(
      'Background check result changed\nOrder number: 572352\nDecision: none (before: Eligible)',
    );
    expect(changeNote(report, { before: { ...before, flagged: true }, after: before }, settings)).toBe(
      'Background check result changed\nOrder number: 572352\nFlagged: no (before: yes)',
    );
  });

  it.each([
    ['flag', { flagged: true, decision: 'Review' }, { ...settings, flag: silent.flag }],
    ['decision', { flagged: true, decision: 'Review' }, { ...settings, decision: silent.decision }],
  ])('is golden/change-without-%s.txt where that is disabled (R4)', (disabled, after, chosen) => {
    expect(`${changeNote(report, { before, after }, chosen)}\n`).toBe(golden(`change-without-${disabled}`));
  });

  it.each([
    ['flag and decision, both disabled', { flagged: true, decision: 'Ineligible' }, silent],
    ['a flag that is disabled', { ...before, flagged: true }, { ...settings, flag: silent.flag }],
    [
      'a decision that is disabled',
      { ...before, decision: 'Ineligible' },
      { ...settings, decision: silent.decision },
    ],
    ['nothing', before, settings],
    ['nothing that is seen', { ...before, decision: ' Eligible\n' }, settings],
  ])('is none where what changed is %s (R4)', (_, after, chosen) => {
    expect(changeNote(report, { before, after }, chosen)).toBeNull();
  });

  it('takes a blank decision for none (R4)', () => {
    const findings = { before: { ...before, decision: null }, after: { ...before, decision: ' ' } };
    expect(changeNote(report, findings, settings)).toBeNull();
  });

  it('never suggests a hiring decision (S5)', () => {
    expect(changeNote(report, { before, after: { flagged: true, decision: null } }, settings)).not.toMatch(
      /\b(hir|reject|archiv|recommend|adverse|suitab|unfit|fail)/i,
    );
  });
});

describe('withReference', () => {
  it('ends with the line by which the note is found again (R1)', () => {
    expect(withReference('Background check complete', 'BGC-1-R1')).toBe(
      'Background check complete\nReference: BGC-1-R1',
    );
  });

  it('cuts a long text with a mark and never the reference (R1)', () => {
    const note = withReference('x'.repeat(NOTE_LIMIT), 'BGC-1-R1');
    expect(note).toHaveLength(NOTE_LIMIT);
    expect(note).toMatch(/x… \(cut; the whole is in the VICTIG portal\)\nReference: BGC-1-R1$/);
  });

  it('ends with a reference that is read again, where the text does not only quote one (R1, A3)', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2 * NOTE_LIMIT });
    fc.assert(
      fc.property(text, (any) => {
        expect(referenceIn(withReference(any, 'BGC-1-R1'))).toBe('BGC-1-R1');
        expect(referenceIn(`Reference: BGC-1-R1\n${any}`)).not.toBe('BGC-1-R1');
      }),
    );
    expect(referenceIn('Done\nReference: BGC-1-R1\n')).toBe('BGC-1-R1');
    for (const other of ['', 'See Reference: BGC-1-R1', 'Done\nReference: BGC-1-R1 was wrong']) {
      expect(referenceIn(other)).toBeNull();
    }
  });

  it('leaves a text alone that just fits (R1)', () => {
    const text = 'x'.repeat(NOTE_LIMIT - '\nReference: BGC-1-R1'.length);
    expect(withReference(text, 'BGC-1-R1')).toBe(`${text}\nReference: BGC-1-R1`);
  });

  it('never cuts a character in half (R1)', () => {
    for (const start of ['', 'x']) {
      expect(withReference(start + '😀'.repeat(NOTE_LIMIT), 'BGC-1-R1').isWellFormed()).toBe(true);
    }
  });
});

describe('a note on any report', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a\nDecision: Eligible', 'x\u2028y\r\n@ann', '\u0085@', 'https://x.example/?a=k3y'),
  );
  const anyReport: fc.Arbitrary<ReportSummary> = fc.record({
    product: text,
    client: text,
    fileNumber: text,
    orderedAt: fc.option(fc.date()),
    completedAt: fc.option(fc.date()),
    flagged: fc.boolean(),
    decision: fc.option(text),
    searches: fc.array(fc.record({ name: text, status: text }), { maxLength: 5 }),
    reportLink: fc.option(fc.oneof(text, fc.webUrl({ withQueryParameters: true, withFragments: true }))),
  });

  it('has exactly the lines of the report, whatever others write into it (R1)', () => {
    fc.assert(
      fc.property(anyReport, (summary) => {
        const lines = resultNote(summary, settings).split(/[\n\r\u0085\u2028\u2029]/);
        const searches = summary.searches.length;
        expect(lines).toHaveLength(10 + searches);
        expect(lines.filter((line) => line.startsWith('Decision: '))).toHaveLength(1);
      }),
    );
  });

  it('mentions nobody and holds no key (R1)', () => {
    fc.assert(
      fc.property(anyReport, (summary) => {
        const note =
          resultNote(summary, settings) +
          String(changeNote(summary, { before: summary, after: { ...summary, decision: '@' } }, settings));
        expect(note).not.toMatch(/@|[?&]a=/);
      }),
    );
  });
});
