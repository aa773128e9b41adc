import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings, settingsSchema, type Settings } from './settings.js';

const parsed = (input: Record<string, unknown>): Settings => {
  const result = parseSettings({ defaultProduct: 'Criminal Package 1', ...input });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.settings;
};

const faultsOf = (input: unknown): Record<string, string> => {
  const result = parseSettings(input);
  return result.ok ? {} : Object.fromEntries(result.faults.map(({ path, message }) => [path, message]));
};

const faultsWith = (input: Record<string, unknown>) =>
  faultsOf({ defaultProduct: 'Criminal Package 1', ...input });

const hiddenIn = (path: string): string =>
  `${path} must not contain characters that cannot be seen, or marks that turn the direction of writing.`;

describe('settings', () => {
  it('need only the default product and give every other its default (M1)', () => {
    expect(parsed({})).toEqual({
      statusPrefix: 'Background Check Status:',
      defaultProduct: 'Criminal Package 1',
      productPrefix: 'Product:',
      productMismatch: 'error',
      subClientBy: 'none',
      subClientPrefix: null,
      subClientMismatch: 'main',
      clientCities: {},
      referenceBy: 'none',
      referencePrefix: null,
      flag: { enabled: true, prefix: 'Flag:' },
      decision: { enabled: true, prefix: 'Decision:' },
      quickApp: { email: true, text: false },
      reorder: 'never',
      holdSeconds: 0,
      attachReport: false,
    });
  });

  it('fill in what is left out of a group', () => {
    expect(parsed({ flag: { enabled: false }, quickApp: { text: true } })).toMatchObject({
      flag: { enabled: false, prefix: 'Flag:' },
      quickApp: { email: true, text: true },
    });
  });

  it.each([
    { productPrefix: null },
    { productPrefix: 'Package – ' },
    { reorder: 'always' },
    { reorder: { afterDays: 1 } },
    { holdSeconds: 604_800 },
    { clientCities: { 'San Francisco': 'guid-1' } },
    { quickApp: { email: false, text: true } },
    { referenceBy: 'tags', referencePrefix: 'Reference:' },
    { statusPrefix: 'p'.repeat(40) },
  ])('are accepted and kept as given: %j', (input) => {
    expect(parsed(input)).toMatchObject(input);
  });

  it('come back unchanged when they are parsed again', () => {
    const settings = parsed({ clientCities: { Austin: 'guid-1' } });
    expect(parseSettings(settings)).toEqual({ ok: true, settings });
  });
});

describe('faults of settings', () => {
  it.each<[path: string, input: Record<string, unknown>, message: string]>([
    ['defaultProduct', { defaultProduct: undefined }, 'defaultProduct is required: give a text.'],
    ['defaultProduct', { defaultProduct: 7 }, 'defaultProduct must be a text, not a number.'],
    ['defaultProduct', { defaultProduct: '' }, 'defaultProduct must not be empty.'],
    [
      'defaultProduct',
      { defaultProduct: 'x'.repeat(201) },
      'defaultProduct must not be longer than 200 characters.',
    ],
    ['statusPrefix', { statusPrefix: null }, 'statusPrefix must be a text, not null.'],
    ['statusPrefix', { statusPrefix: '' }, 'statusPrefix must not be empty.'],
    ['productPrefix', { productPrefix: ' \u00A0\u3000' }, 'productPrefix must not consist of spaces only.'],
    ['statusPrefix', { statusPrefix: ' Status:' }, 'statusPrefix must not begin with a space.'],
    ['statusPrefix', { statusPrefix: '\u00A0Status:' }, 'statusPrefix must not begin with a space.'],
    ['statusPrefix', { statusPrefix: 'Status\u200B:' }, hiddenIn('statusPrefix')],
    ['productPrefix', { productPrefix: 'Product:\u2060' }, hiddenIn('productPrefix')],
    ['subClientPrefix', { subClientPrefix: 'Sub\u202E:' }, hiddenIn('subClientPrefix')],
    ['referencePrefix', { referencePrefix: 'Ref\u2028:' }, hiddenIn('referencePrefix')],
    ['flag.prefix', { flag: { enabled: true, prefix: 'Fl\u00ADag:' } }, hiddenIn('flag.prefix')],
    [
      'decision.prefix',
      { decision: { enabled: true, prefix: '\u200FDecision:' } },
      hiddenIn('decision.prefix'),
    ],
    ['productPrefix', { productPrefix: 'A\u0000' }, 'productPrefix must not contain control characters.'],
    ['productPrefix', { productPrefix: 'A\uD800' }, 'productPrefix must not contain control characters.'],
    [
      'productPrefix',
      { productPrefix: 'p'.repeat(41) },
      'productPrefix must not be longer than 40 characters.',
    ],
    ['productMismatch', { productMismatch: 'main' }, 'productMismatch must be "default" or "error".'],
    [
      'subClientBy',
      { subClientBy: 'city' },
      'subClientBy must be "none", "clientCode", "clientName" or "clientCity".',
    ],
    ['clientCities', { clientCities: [] }, 'clientCities must be an object, not a list.'],
    [
      'clientCities.Austin',
      { clientCities: { Austin: 1 } },
      'clientCities.Austin must be a text, not a number.',
    ],
    [
      'referencePrefix',
      { referenceBy: 'tags' },
      'referencePrefix is required when referenceBy is "tags": give a text such as "Reference:".',
    ],
    [
      'quickApp',
      { quickApp: { email: false, text: false } },
      'quickApp invites the candidate neither by email nor by text message. Choose email, text or both.',
    ],
    ['quickApp.email', { quickApp: { email: 'yes' } }, 'quickApp.email must be true or false, not a text.'],
    ['reorder.afterDays', { reorder: { afterDays: 0 } }, 'reorder.afterDays must not be less than 1.'],
    [
      'reorder',
      { reorder: 'sometimes' },
      'reorder must be "never", "always" or {"afterDays": a whole number from 1 to 36500}.',
    ],
    ['holdSeconds', { holdSeconds: -1 }, 'holdSeconds must not be less than 0.'],
    ['holdSeconds', { holdSeconds: 604_801 }, 'holdSeconds must not be more than 604800.'],
    ['holdSeconds', { holdSeconds: 1.5 }, 'holdSeconds must be a whole number, not a fraction.'],
    ['holdSeconds', { holdSeconds: '5' }, 'holdSeconds must be a number, not a text.'],
    ['flag.colour', { flag: { colour: 'red' } }, 'There is no setting "flag.colour".'],
    [
      'productprefix',
      { productprefix: 'Product:' },
      'There is no setting "productprefix". The nearest is "productPrefix".',
    ],
  ])('name %s for %j', (path, input, message) => {
    expect(faultsWith(input)[path]).toBe(message);
  });

  it.each([null, 7, 'text', [], true, undefined])('refuse %j as a whole', (input) => {
    expect(Object.keys(faultsOf(input))).toEqual(['']);
  });

  it('are sentences, whatever the input is (M11)', () => {
    const names = fc.constantFrom(...Object.keys(settingsSchema.shape), 'prefix', 'email', '__proto__');
    const anything = fc.oneof(fc.jsonValue(), fc.dictionary(names, fc.jsonValue()));
    const input = fc.dictionary(names, fc.oneof(anything, fc.constantFrom('', ' ', 'Product:', null)));
    fc.assert(
      fc.property(fc.oneof(input, fc.anything()), (given) => {
        const result = parseSettings(given);
        const faults = result.ok ? [] : result.faults;
        expect(result.ok || faults.length > 0).toBe(true);
        expect(faults.filter(({ message }) => !/^[\s\S]+\.$/.test(message))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('are all named at once, contradictions among them (M11)', () => {
    const faults = faultsOf({
      statusPrefix: '',
      productPrefix: 'Flag:',
      holdSeconds: 'long',
      quickApp: { email: false, text: false },
      colour: 'red',
    });
    expect(Object.keys(faults).toSorted()).toEqual([
      'colour',
      'defaultProduct',
      'flag.prefix',
      'holdSeconds',
      'quickApp',
      'statusPrefix',
    ]);
  });
});

describe('prefixes', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { productPrefix: 'Background Check Status: X' },
      'productPrefix "Background Check Status: X" begins with statusPrefix "Background Check Status:", so a tag could mean either. Change one of them.',
    ],
    [
      { statusPrefix: 'P', productPrefix: 'Product:' },
      'productPrefix "Product:" begins with statusPrefix "P", so a tag could mean either. Change one of them.',
    ],
    [
      { productPrefix: 'Sub', subClientPrefix: 'Sub-client:' },
      'subClientPrefix "Sub-client:" begins with productPrefix "Sub", so a tag could mean either. Change one of them.',
    ],
    [
      { subClientPrefix: 'Product:' },
      'subClientPrefix and productPrefix are both "Product:", so a tag could mean either. Change one of them.',
    ],
    [
      { flag: { enabled: false, prefix: 'Product: flag' } },
      'flag.prefix "Product: flag" begins with productPrefix "Product:", so a tag could mean either. Change one of them.',
    ],
  ])('that collide are refused with a sentence that names both: %j (M11)', (input, message) => {
    expect(Object.values(faultsWith(input))).toEqual([message]);
  });

  it.each([
    { productPrefix: 'background check status:' },
    { productPrefix: 'Product -', referencePrefix: 'Product –' },
    { productPrefix: 'My Flag:' },
    { productPrefix: null, subClientPrefix: null },
  ])('that differ in case, dash or beginning do not collide: %j (M11)', (input) => {
    expect(faultsWith(input)).toEqual({});
  });
});

describe('cities of clients', () => {
  it('are refused with a comma, for a location is cut before it (M4)', () => {
    expect(faultsWith({ clientCities: { 'Austin, TX': 'guid' } })['clientCities']).toContain(
      'write "Austin"',
    );
  });

  it('are refused when two differ only in spaces (M4)', () => {
    expect(faultsWith({ clientCities: { Austin: 'a', 'Austin ': 'b' } })['clientCities']).toContain('twice');
  });
});

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Every field by its path, those of groups among them. */
function fieldsOf(schema: JsonSchema, parent = ''): [path: string, field: JsonSchema][] {
  const variants = [schema, ...(schema.anyOf ?? [])].filter((one) => typeof one === 'object');
  const fields: [string, JsonSchema][] = [];
  for (const [name, field] of variants.flatMap(({ properties = {} }) => Object.entries(properties))) {
    if (typeof field === 'boolean') throw new Error(`${parent}${name} is not described`);
    fields.push([parent + name, field], ...fieldsOf(field, `${parent}${name}.`));
  }
  return fields;
}

describe('the JSON schema of settings', () => {
  it('describes every setting with an example and its default', () => {
    const schema = z.toJSONSchema(settingsSchema, { io: 'input' });
    expect(schema.required).toEqual(['defaultProduct']);
    expect(schema.additionalProperties).toBe(false);
    const undescribed = Object.entries(schema.properties ?? {}).filter(([name, setting]) => {
      if (typeof setting === 'boolean') return true;
      const hasDefault = name === 'defaultProduct' || setting.default !== undefined;
      return !hasDefault || !setting.description?.endsWith('.') || !setting.examples;
    });
    expect(undescribed).toEqual([]);
  });

  it('describes every field within a group, each with an example', () => {
    const fields = fieldsOf(z.toJSONSchema(settingsSchema, { io: 'input' }));
    expect(fields.map(([path]) => path)).toEqual(
      expect.arrayContaining(['flag.prefix', 'decision.enabled', 'quickApp.text', 'reorder.afterDays']),
    );
    const undescribed = fields.filter(
      ([, { description, examples }]) => !description?.endsWith('.') || !examples?.length,
    );
    expect(undescribed).toEqual([]);
  });

  it('gives only examples that are accepted', () => {
    const context = { defaultProduct: 'Criminal Package 1', referencePrefix: 'Ref:' };
    const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input' });
    const refused = Object.entries(properties).flatMap(([name, setting]) =>
      (typeof setting === 'boolean' ? [] : (setting.examples ?? [])).filter(
        (example) => !parseSettings({ ...context, [name]: example }).ok,
      ),
    );
    expect(refused).toEqual([]);
  });
});
