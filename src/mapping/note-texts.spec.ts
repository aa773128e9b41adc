import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusal, rejectionNote } from './refusals.js';
import { NOTE_LIMIT, changeNote, resultNote, withReference } from './result-note.js';

const settings = {
  flag: { enabled: true, prefix: 'Flag:' },
  decision: { enabled: true, prefix: 'Decision:' },
};
const REFERENCE = 'BGC-0123456789ab-R1';
/** Of all characters, and often of those that Lever takes for a mention. */
const foreign = fc.string({
  unit: fc.oneof(fc.constantFrom('@', '\uFE6B', '\n', '@hr'), fc.string({ unit: 'binary', maxLength: 1 })),
  maxLength: 400,
});

/** What holds for every note, whatever others wrote into it. */
function expectSound(text: string): void {
  const note = withReference(text, REFERENCE);
  expect(note).not.toMatch(/[@\uFE6B]/);
  expect(note.length).toBeLessThanOrEqual(NOTE_LIMIT);
  expect(note.isWellFormed()).toBe(true);
  expect(note.endsWith(`\nReference: ${REFERENCE}`)).toBe(true);
  expect(text.length > NOTE_LIMIT ? note : '… (cut').toContain('… (cut');
}

describe('notes with text of others in them', () => {
  it('notify nobody, are never too long, and keep their reference: results (R1)', () => {
    fc.assert(
      fc.property(
        fc.record({
          product: foreign,
          client: foreign,
          fileNumber: foreign,
          decision: fc.option(foreign),
          searches: fc.array(fc.record({ name: foreign, status: foreign }), { maxLength: 60 }),
          reportLink: fc.option(foreign),
        }),
        (report) =>
          expectSound(resultNote({ ...report, orderedAt: null, completedAt: null, flagged: true }, settings)),
      ),
    );
  });

  it('notify nobody: changes (R4)', () => {
    fc.assert(
      fc.property(foreign, foreign, foreign, (fileNumber, before, after) =>
        expectSound(
          String(
            changeNote(
              { fileNumber },
              { before: { flagged: true, decision: before }, after: { flagged: false, decision: after } },
              settings,
            ),
          ),
        ),
      ),
    );
  });

  it('notify nobody: what VICTIG says of a request that it refused (S2)', () => {
    fc.assert(
      fc.property(fc.array(foreign, { maxLength: 40 }), (messages) =>
        expectSound(rejectionNote([refusal('victig_refused', { messages })])),
      ),
    );
  });
});
