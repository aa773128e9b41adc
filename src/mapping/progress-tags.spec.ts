import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  prefixedTag,
  STATUS_TAG_VALUES,
  staleTags,
  statusTag,
  reportTags,
  untoldTag,
  wantedTags,
} from './progress-tags.js';

const PREFIX = 'Background Check Status:';
const settings = {
  statusPrefix: PREFIX,
  flag: { enabled: true, prefix: 'Flag:' },
  decision: { enabled: true, prefix: 'Decision:' },
};
const silent = {
  ...settings,
  flag: { ...settings.flag, enabled: false },
  decision: { ...settings.decision, enabled: false },
};
const clear = { flagged: false, decision: 'Eligible' };

describe('prefixedTag', () => {
  it('puts one space between prefix and value, and none where the prefix ends with one (S1)', () => {
    expect(prefixedTag('Decision:', 'Eligible')).toBe('Decision: Eligible');
    expect(prefixedTag('Decision – ', 'Eligible')).toBe('Decision – Eligible');
  });
});

describe('statusTag', () => {
  it.each([
    [PREFIX, 'Background Check Status: Pending'],
    ['BGC – ', 'BGC – Pending'],
    ['BGC', 'BGC Pending'],
  ])('puts one space between the prefix %j and the value (S1)', (prefix, expected) => {
    expect(statusTag(prefix, 'Pending')).toBe(expected);
  });
});

describe('wantedTags', () => {
  it.each(STATUS_TAG_VALUES)(
    'shows %s as one status tag and nothing else without a report (S1)',
    (status) => {
      expect(wantedTags(status, null, settings)).toEqual([`${PREFIX} ${status}`]);
    },
  );

  it('shows the flag of a complete check as True or False (R2)', () => {
    expect(wantedTags('Complete', { ...clear, flagged: true }, settings)).toContain('Flag: True');
    expect(wantedTags('Complete', clear, settings)).toContain('Flag: False');
  });

  it('shows the decision of a complete check as it is on the report (R3)', () => {
    expect(wantedTags('Complete', clear, settings)).toContain('Decision: Eligible');
    expect(wantedTags('Complete', { ...clear, decision: 'eligible – w/ Terms' }, settings)).toContain(
      'Decision: eligible – w/ Terms',
    );
  });

  it.each([null, '', '  \n\t', '\u0000'])('sets no decision tag for the decision %j (R3)', (decision) => {
    expect(wantedTags('Complete', { flagged: false, decision }, settings)).toEqual([
      `${PREFIX} Complete`,
      'Flag: False',
    ]);
  });

  it('keeps a decision with control characters on one line (R3)', () => {
    expect(wantedTags('Complete', { flagged: false, decision: ' Eli\ngible\u0007 ' }, settings)).toContain(
      'Decision: Eli gible',
    );
  });

  it('shows neither flag nor decision when they are disabled (R2, R3)', () => {
    expect(wantedTags('Complete', { ...clear, flagged: true }, silent)).toEqual([`${PREFIX} Complete`]);
  });

  it('shows no result before the check is complete (R2, R3)', () => {
    for (const status of STATUS_TAG_VALUES.filter((value) => value !== 'Complete')) {
      expect(wantedTags(status, clear, settings)).toEqual([`${PREFIX} ${status}`]);
    }
  });

  it('shows the same status whether flagged or not: a flag says nothing about hiring (S5)', () => {
    const [flagged] = wantedTags('Complete', { flagged: true, decision: 'Ineligible' }, settings);
    const [unflagged] = wantedTags('Complete', clear, settings);
    expect(flagged).toBe(unflagged);
  });
});

describe('staleTags', () => {
  it('takes any other status away, also one that somebody typed (S1)', () => {
    const present = [`${PREFIX} Pending`, `${PREFIX}Complete`, PREFIX, `${PREFIX} Complete`];
    expect(staleTags(present, [`${PREFIX} Complete`], [], settings)).toEqual([
      `${PREFIX} Pending`,
      `${PREFIX}Complete`,
      PREFIX,
    ]);
  });

  it('takes away a flag and a decision that changed, for we set them (R2, R3)', () => {
    const before = wantedTags('Complete', clear, settings);
    const after = wantedTags('Complete', { flagged: true, decision: null }, settings);
    expect(staleTags([...before, ...after, 'Flag: Later'], after, before, settings)).toEqual([
      'Flag: False',
      'Decision: Eligible',
    ]);
  });

  it('takes away a status that we set under an older prefix (S1)', () => {
    expect(staleTags(['BGC: Pending', 'BGC: Ordered'], [], ['BGC: Pending'], settings)).toEqual([
      'BGC: Pending',
    ]);
  });

  it.each(['Flag: True', 'Decision: Eligible', 'background check status: Pending', ` ${PREFIX} Pending`])(
    'leaves %j alone when we did not set it (S1)',
    (tag) => {
      expect(staleTags([tag], [`${PREFIX} Pending`], [], settings)).toEqual([]);
    },
  );

  it('takes nothing of others away under a blank prefix (S1)', () => {
    expect(staleTags(['Remote', ' x'], [], [], { ...settings, statusPrefix: ' ' })).toEqual([]);
    expect(staleTags(['Remote', ' x'], [], [], { ...settings, statusPrefix: '' })).toEqual([]);
  });
});

describe('a tag that must not tell a result (A3)', () => {
  it.each([
    ['Background Check Status: Complete', 'Background Check Status: Complete'],
    ['Flag: True', 'Flag: …'],
    ['Decision: Eligible', 'Decision: …'],
    // Of settings that are no more, and of nobody's.
    ['Result – Eligible', '…'],
    ['Background Check Status: flagged', '…'],
  ])('is %s as %s', (tag, untold) => {
    expect(untoldTag(tag, settings)).toBe(untold);
  });

  it('tells no more where a prefix is blank', () => {
    const blank = { ...settings, flag: { enabled: true, prefix: '' } };
    expect(untoldTag('Flag: True', blank)).toBe('…');
  });
});

describe('tags that may tell of a report (A3)', () => {
  it('are those that begin as ours, also where they are not shown any more', () => {
    const present = ['Flag: True', 'Decision: Review', 'Flagship', `${PREFIX} Complete`, 'A Flag: True'];
    expect(reportTags(present, settings)).toEqual(['Flag: True', 'Decision: Review']);
    expect(reportTags(present, silent)).toEqual(['Flag: True', 'Decision: Review']);
  });

  it('are none where a prefix is blank', () => {
    const blank = { enabled: true, prefix: ' ' };
    expect(reportTags(['Flag: True', ' x'], { ...settings, flag: blank, decision: blank })).toEqual([]);
  });
});

describe('adding what is wanted and removing what is stale', () => {
  const status = fc.constantFrom(...STATUS_TAG_VALUES);
  const report = fc.option(
    fc.record({ flagged: fc.boolean(), decision: fc.option(fc.string({ unit: 'binary' })) }),
  );
  const ours = status.map((value) => statusTag(PREFIX, value));
  const foreign = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('Flag: True', 'Decision: Eligible', 'Product: X'),
  );
  const arbitrary = fc.record({
    status,
    report,
    foreign: fc.array(foreign.filter((tag) => !tag.startsWith(PREFIX))),
    statuses: fc.array(
      fc.oneof(
        ours,
        fc.string().map((end) => `${PREFIX}${end}`),
      ),
    ),
    earlier: fc.tuple(status, report).map(([value, seen]) => wantedTags(value, seen, settings)),
  });

  const shown = (present: readonly string[], wanted: readonly string[], previous: readonly string[]) => {
    const added = [...new Set([...present, ...wanted])];
    const stale = staleTags(added, wanted, previous, settings);
    return added.filter((tag) => !stale.includes(tag));
  };

  it('leaves exactly one status tag (S1)', () => {
    fc.assert(
      fc.property(arbitrary, ({ status, report, foreign, statuses, earlier }) => {
        const wanted = wantedTags(status, report, settings);
        const left = shown([...foreign, ...statuses, ...earlier], wanted, earlier);
        expect(left.filter((tag) => tag.startsWith(PREFIX))).toEqual([statusTag(PREFIX, status)]);
      }),
    );
  });

  it('never touches a tag that is not ours, and leaves all that is wanted (S1, R2, R3)', () => {
    fc.assert(
      fc.property(arbitrary, ({ status, report, foreign, statuses, earlier }) => {
        const wanted = wantedTags(status, report, settings);
        const left = shown([...foreign, ...statuses, ...earlier], wanted, earlier);
        expect(left).toEqual(expect.arrayContaining(wanted));
        expect(left).toEqual(expect.arrayContaining(foreign.filter((tag) => !earlier.includes(tag))));
      }),
    );
  });

  it('ends in the same place when it runs again (S1)', () => {
    fc.assert(
      fc.property(arbitrary, ({ status, report, statuses, earlier }) => {
        const wanted = wantedTags(status, report, settings);
        const once = shown([...statuses, ...earlier], wanted, earlier);
        expect(shown(once, wanted, wanted)).toEqual(once);
      }),
    );
  });
});
