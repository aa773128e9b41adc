import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInDoubt, lostTags, possibleTags, tagsInDoubt } from './shown-tags.js';

const tags = fc.uniqueArray(fc.constantFrom('', 'Pending', 'In Progress', 'Complete', 'Flag: True'));
const wanted = fc.uniqueArray(fc.constantFrom('Pending', 'In Progress', 'Complete', 'Flag: True'));

describe('tags that were shown', () => {
  it('are lost where they are not there, but for those that Lever never took, and none while in doubt (S1)', () => {
    fc.assert(
      fc.property(tags, wanted, wanted, (shownTags, present, details) => {
        const reportWarnings = [{ code: 'tag_not_added' as const, details }];
        const there = new Set<string>([...present, ...details]);
        const expected = shownTags.includes('') ? [] : shownTags.filter((tag) => !there.has(tag));
        expect(lostTags({ shownTags, reportWarnings }, present)).toEqual(expected);
      }),
    );
  });
});

describe('tags that are being put on an opportunity', () => {
  it('may be any that are shown, wanted or stuck, and none is there twice (S1)', () => {
    fc.assert(
      fc.property(tags, wanted, wanted, (shownTags, stuckTags, wants) => {
        const possible = possibleTags({ shownTags, stuckTags }, wants);
        const all = [...shownTags, ...stuckTags, ...wants];
        expect(new Set(possible)).toEqual(new Set(all.filter((tag) => tag !== '')));
        expect(possible).toHaveLength(new Set(possible).size);
        expect(tagsInDoubt({ shownTags, stuckTags }, wants)).toEqual([...possible, '']);
      }),
    );
  });

  it('are known to be in doubt once that was written down for all of them, and not before (F1)', () => {
    fc.assert(
      fc.property(tags, wanted, wanted, (shownTags, stuckTags, wants) => {
        const isKnown =
          shownTags.includes('') && [...stuckTags, ...wants].every((tag) => shownTags.includes(tag));
        expect(isInDoubt({ status: 'pending', shownTags, stuckTags }, wants)).toBe(isKnown);
        const written = tagsInDoubt({ shownTags, stuckTags }, wants);
        expect(isInDoubt({ status: 'pending', shownTags: written, stuckTags }, wants)).toBe(true);
      }),
    );
  });

  it.each(['complete', 'rejected', 'canceled'] as const)(
    'are to be written down again where the order is %s, for a later one may have them by now',
    (status) => {
      expect(isInDoubt({ status, shownTags: ['Pending', ''], stuckTags: [] }, ['Pending'])).toBe(false);
    },
  );
});
