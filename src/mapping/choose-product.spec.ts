import { describe, expect, it } from 'vitest';
import type { Product } from './catalogue.js';
import { chooseProduct } from './choose-product.js';

const PRODUCTS: readonly Product[] = [
  { guid: 'p1', name: 'Criminal Package 1' },
  { guid: 'p2', name: 'Criminal Package 2' },
];
const SETTINGS = {
  defaultProduct: 'Criminal Package 1',
  productPrefix: 'Product:',
  productMismatch: 'error',
} as const;

const choose = (
  tags: readonly string[],
  settings: object = {},
  products: readonly Product[] | null = PRODUCTS,
) => chooseProduct({ tags }, { ...SETTINGS, ...settings }, 'Acme', products);

const entryOf = (choice: ReturnType<typeof choose>) => choice.values[0];

describe('the product', () => {
  it('is the default when no tag has the prefix (M1)', () => {
    const choice = choose(['Remote']);
    expect(choice.chosen).toEqual(PRODUCTS[0]);
    expect(entryOf(choice)).toEqual({
      field: 'product',
      value: 'Criminal Package 1',
      source: 'settings.defaultProduct',
      reason: 'The default is ordered, for no tag begins with the productPrefix "Product:".',
    });
  });

  it('is the one that a tag names, and the reason says why the default lost (M1)', () => {
    const choice = choose(['Product: Criminal Package 2']);
    expect(choice.chosen).toEqual(PRODUCTS[1]);
    expect(entryOf(choice)).toMatchObject({
      source: 'tag',
      reason:
        'The tag "Product: Criminal Package 2" names it, so the default "Criminal Package 1" is not ordered.',
    });
  });

  it('is the default without a prefix, and the reason says so (M2)', () => {
    const choice = choose(['Product: Criminal Package 2'], { productPrefix: null });
    expect(choice.chosen).toEqual(PRODUCTS[0]);
    expect(entryOf(choice)?.reason).toContain('no productPrefix is set');
  });

  it('has the guid that it has in the client that is ordered under (M6)', () => {
    const elsewhere = [{ guid: 'other-p2', name: 'Criminal Package 2' }];
    expect(choose(['Product: Criminal Package 2'], {}, elsewhere).chosen?.guid).toBe('other-p2');
  });

  it('is one when VICTIG lists the same guid twice (M3)', () => {
    expect(choose([], {}, [...PRODUCTS, ...PRODUCTS]).chosen).toEqual(PRODUCTS[0]);
  });

  it('is not complained of when no client is known (M6)', () => {
    const choice = choose(['Product: Nonsense'], {}, null);
    expect(choice).toMatchObject({ chosen: null, refusals: [] });
    expect(entryOf(choice)).toMatchObject({ value: null, source: 'none' });
  });
});

describe('an unknown product', () => {
  it('is refused with the nearest that exists (M3)', () => {
    const { refusals, chosen } = choose(['Product: Criminal Pakage 2']);
    expect(chosen).toBeNull();
    expect(refusals).toEqual([
      {
        code: 'unknown_product',
        message: expect.stringContaining('the nearest is "Criminal Package 2"') as string,
      },
    ]);
  });

  it('leads to the default with a warning that names tag and default (M3)', () => {
    const choice = choose(['Product: Nonsense'], { productMismatch: 'default' });
    expect(choice.chosen).toEqual(PRODUCTS[0]);
    expect(choice.warnings.map(({ message }) => message)).toEqual([
      'The tag asks for the product "Nonsense", which client "Acme" does not have (nearest: "Criminal Package 1"); the default "Criminal Package 1" is taken instead.',
    ]);
    expect(entryOf(choice)?.reason).toContain('productMismatch is "default"');
  });

  it('is refused when the default is unknown too (M3)', () => {
    const choice = choose(['Product: Nonsense'], { productMismatch: 'default', defaultProduct: 'Gone' });
    expect(choice.refusals.map(({ code }) => code)).toEqual(['default_product_missing']);
  });
});

describe('several products', () => {
  it.each(['error', 'default'])('in tags are refused with productMismatch %s (M3)', (productMismatch) => {
    const choice = choose(['Product: B', 'Product: A'], { productMismatch });
    expect(choice.refusals.map(({ message }) => message)).toEqual([
      expect.stringContaining('the tags "Product: A" and "Product: B" ask for different products'),
    ]);
    expect(choice.chosen).toBeNull();
  });

  it.each(['error', 'default'])('of one name are refused with productMismatch %s (M3)', (productMismatch) => {
    const twins = [...PRODUCTS, { guid: 'p3', name: 'Criminal Package 2' }];
    const choice = choose(['Product: Criminal Package 2'], { productMismatch }, twins);
    expect(choice.refusals.map(({ code }) => code)).toEqual(['ambiguous_product']);
  });
});
