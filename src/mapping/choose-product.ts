import type { CandidateDetails } from './candidate.js';
import type { Product } from './catalogue.js';
import { choose, type Choice } from './choice.js';
import type { Refusal } from './mapping.js';
import { nearestName } from './near-miss.js';
import { quote, quoteAll, trimSpaces } from './plain-text.js';
import { refusal } from './refusals.js';
import type { Settings } from './settings.js';
import { readTags, type TagReading, type TagValue } from './tag-value.js';
import { warning } from './warnings.js';

type ProductChoice = Choice<Product | null>;
type ProductSettings = Pick<Settings, 'defaultProduct' | 'productPrefix' | 'productMismatch'>;

const FIELD = 'product';

/**
 * What is ordered: the default, unless a tag with the product prefix names another (M1-M3).
 *
 * @param client name of the client that is ordered under
 * @param products those of that client, for a product's guid differs by client (M6); null when no client was chosen
 */
export function chooseProduct(
  { tags }: Pick<CandidateDetails, 'tags'>,
  settings: ProductSettings,
  client: string,
  products: readonly Product[] | null,
): ProductChoice {
  const reading = readTags(tags, settings.productPrefix, 'productPrefix');
  const [override, ...others] = reading.found;
  if (others.length > 0) return conflicting(reading);
  if (!products) return notLookedUp(reading);
  const catalogue: Catalogue = { client, products };
  return override
    ? orderOverride(override, settings, catalogue, reading)
    : orderDefault(settings, catalogue, reading, whyDefault(settings.productPrefix));
}

interface Catalogue {
  client: string;
  products: readonly Product[];
}

function orderOverride(
  { value, tag }: TagValue,
  settings: ProductSettings,
  { client, products }: Catalogue,
  reading: TagReading,
): ProductChoice {
  const named = productsNamed(value, products);
  const [product] = named;
  if (named.length > 1) return ambiguous(value, client, named.length, 'tag', reading);
  if (product) {
    const reason = `The tag ${quote(tag)} names it, so the default ${quote(settings.defaultProduct)} is not ordered.`;
    return choose(product, { field: FIELD, value: product.name, source: 'tag', reason }, reading);
  }
  const names = products.map(({ name }) => trimSpaces(name));
  // The nearest to nothing would be the shortest name; the default is a better example.
  const nearest = nearestName(value === '' ? trimSpaces(settings.defaultProduct) : value, names);
  if (settings.productMismatch === 'default') {
    const ordered = settings.defaultProduct;
    const unknown = warning('product_tag_unknown', { asked: value, client, nearest, ordered });
    return orderDefault(
      settings,
      { client, products },
      { ...reading, warnings: [...reading.warnings, unknown] },
      `the tag ${quote(tag)} names no product of client ${quote(client)}, and productMismatch is "default"`,
    );
  }
  const reason = `The tag ${quote(tag)} names no product of client ${quote(client)}, and productMismatch is "error".`;
  return refused(refusal('unknown_product', { tag, asked: value, client, nearest }), 'tag', reason, reading);
}

function orderDefault(
  { defaultProduct }: ProductSettings,
  { client, products }: Catalogue,
  reading: TagReading,
  why: string,
): ProductChoice {
  const name = trimSpaces(defaultProduct);
  const source = 'settings.defaultProduct';
  const named = productsNamed(name, products);
  const [product] = named;
  if (named.length > 1) return ambiguous(name, client, named.length, source, reading);
  if (product) {
    const reason = `The default is ordered, for ${why}.`;
    return choose(product, { field: FIELD, value: product.name, source, reason }, reading);
  }
  const nearest = nearestName(
    name,
    products.map((known) => trimSpaces(known.name)),
  );
  const reason = `The default would be ordered, for ${why}; but client ${quote(client)} has no product ${quote(name)}.`;
  return refused(
    refusal('default_product_missing', { product: name, client, nearest }),
    source,
    reason,
    reading,
  );
}

const whyDefault = (prefix: string | null): string =>
  prefix === null
    ? 'no productPrefix is set, so tags do not choose the product'
    : `no tag begins with the productPrefix ${quote(prefix)}`;

/** A name equals exactly, but for spaces around it. The same product listed twice is one. */
const productsNamed = (name: string, products: readonly Product[]): Product[] => [
  ...new Map(
    products.filter((product) => trimSpaces(product.name) === name).map((product) => [product.guid, product]),
  ).values(),
];

function conflicting(reading: TagReading): ProductChoice {
  const tags = reading.found.map(({ tag }) => tag);
  const reason = `The tags ${quoteAll(tags)} name different products, and none of them is more right than the other.`;
  return refused(refusal('conflicting_product_tags', { tags }), 'tag', reason, reading);
}

function ambiguous(
  product: string,
  client: string,
  count: number,
  source: string,
  reading: TagReading,
): ProductChoice {
  const reason = `Client ${quote(client)} has ${count} products named ${quote(product)}.`;
  return refused(refusal('ambiguous_product', { product, client, count }), source, reason, reading);
}

const notLookedUp = ({ warnings }: TagReading): ProductChoice =>
  choose(
    null,
    {
      field: FIELD,
      value: null,
      source: 'none',
      reason: 'Products belong to a client, and no client could be chosen.',
    },
    { warnings },
  );

const refused = (why: Refusal, source: string, reason: string, { warnings }: TagReading): ProductChoice =>
  choose(null, { field: FIELD, value: null, source, reason }, { warnings, refusals: [why] });
