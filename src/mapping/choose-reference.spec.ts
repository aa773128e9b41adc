import { describe, expect, it } from 'vitest';
import { chooseReference } from './choose-reference.js';

const CANDIDATE = {
  tags: ['Reference: Cost center 42', 'Remote'],
  positionTitle: 'Driver',
  positionDepartment: 'Logistics',
};

const choose = (referenceBy: 'none' | 'jobTitle' | 'jobDepartment' | 'tags', candidate: object = {}) =>
  chooseReference({ ...CANDIDATE, ...candidate }, { referenceBy, referencePrefix: 'Reference:' });

describe('the reference', () => {
  it.each([
    ['none', null, 'settings.referenceBy'],
    ['jobTitle', 'Driver', 'posting.title'],
    ['jobDepartment', 'Logistics', 'posting.department'],
    ['tags', 'Cost center 42', 'tag'],
  ] as const)('comes from %s: %s (M7)', (referenceBy, reference, source) => {
    const choice = choose(referenceBy);
    expect(choice).toMatchObject({ chosen: reference, warnings: [], refusals: [] });
    expect(choice.values).toEqual([
      {
        field: 'reference',
        value: reference,
        source,
        reason: expect.stringContaining('referenceBy is') as string,
      },
    ]);
  });

  it.each([
    ['jobTitle', { positionTitle: null }, 'No reference is sent: the job has no title.'],
    ['jobTitle', { positionTitle: ' \u00A0' }, 'No reference is sent: the job has no title.'],
    ['jobDepartment', { positionDepartment: null }, 'No reference is sent: the job has no department.'],
    ['tags', { tags: [] }, 'No reference is sent: no tag begins with the referencePrefix "Reference:".'],
    ['tags', { tags: ['Reference: '] }, 'No reference is sent: the tag "Reference:" is only the prefix.'],
  ] as const)(
    'is missing with a warning, and the order goes on: %s %j (M7)',
    (referenceBy, candidate, message) => {
      expect(choose(referenceBy, candidate)).toMatchObject({
        chosen: null,
        warnings: [{ code: 'reference_missing', message }],
        refusals: [],
      });
    },
  );

  it('is refused when two tags differ, with both (M7)', () => {
    const { chosen, refusals } = choose('tags', { tags: ['Reference: 2', 'Reference: 1'] });
    expect(chosen).toBeNull();
    expect(refusals).toEqual([
      {
        code: 'conflicting_reference_tags',
        message: expect.stringContaining('the tags "Reference: 1" and "Reference: 2" give') as string,
      },
    ]);
  });

  it('is missing without a prefix for tags (M7)', () => {
    const choice = chooseReference(CANDIDATE, { referenceBy: 'tags', referencePrefix: null });
    expect(choice.chosen).toBeNull();
    expect(choice.warnings.map(({ message }) => message)).toEqual([
      'No reference is sent: no referencePrefix is set.',
    ]);
  });
});
