import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInDoubt, possibleTags, tagsInDoubt } from './shown-tags.js';

const tags = fc.uniqueArray(fc.constantFrom('', 'Pending', 'In Progress', 'Complete', 'Flag: True'));
const wanted = fc.uniqueArray(fc.constantFrom('Pending', 'In Progress', 'Complete', 'Flag: True'));

describe('tags that are being put on an opportunity', () => {
  it('may be any that are shown or wanted, and none is there twice (S1)', () => {
    fc.assert(
      fc.property(tags, wanted, (shownTags, wants) => {
        const possible = possibleTags({ shownTags }, wants);
        expect(new Set(possible)).toEqual(new Set([...shownTags, ...wants].filter((tag) => tag !== '')));
        expect(possible).toHaveLength(new Set(possible).size);
        expect(tagsInDoubt({ shownTags }, wants)).toEqual([...possible, '']);
      }),
    );
  });

  it('are known to be in doubt once that was written down for all of them, and not before (F1)', () => {
    fc.assert(
      fc.property(tags, wanted, (shownTags, wants) => {
        const isKnown = shownTags.includes('') && wants.every((tag) => shownTags.includes(tag));
        expect(isInDoubt({ status: 'pending', shownTags }, wants)).toBe(isKnown);
        const written = { status: 'pending', shownTags: tagsInDoubt({ shownTags }, wants) } as const;
        expect(isInDoubt(written, wants)).toBe(true);
      }),
    );
  });

  it.each(['complete', 'rejected', 'canceled'] as const)(
    'are to be written down again where the order is %s, for a later one may have them by now',
    (status) => {
      expect(isInDoubt({ status, shownTags: ['Pending', ''] }, ['Pending'])).toBe(false);
    },
  );
});
