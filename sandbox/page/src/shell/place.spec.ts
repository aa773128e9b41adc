import { describe, expect, it } from 'vitest';
import { hrefOf, readPlace, type Place } from './place';

describe('the place in the address', () => {
  it.each<[string, Place]>([
    ['#/board', { part: 'board', candidateId: null, isCardOpen: false }],
    ['#/victig/a-1', { part: 'victig', candidateId: 'a-1', isCardOpen: false }],
    ['#/board/a%2Fb/card', { part: 'board', candidateId: 'a/b', isCardOpen: true }],
  ])('is read from %s and written the same', (href, place) => {
    expect(readPlace(href)).toEqual(place);
    expect(hrefOf(place)).toBe(href);
  });

  it('is the board where the address says nothing or nonsense', () => {
    for (const hash of ['', '#', '#/', '#/elsewhere']) expect(readPlace(hash).part).toBe('board');
  });
});
