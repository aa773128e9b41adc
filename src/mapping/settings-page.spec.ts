import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { chooseClient } from './choose-client.js';
import { mapOrder } from './map-order.js';
import { settingsSchema } from './settings.js';

const PAGE = readFileSync(new URL('../../docs/how-an-order-is-decided.md', import.meta.url), 'utf8');

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

/** Each setting as a row of the page: name, default, what it does, examples. */
function rows(): string[][] {
  const { properties = {}, required = [] } = z.toJSONSchema(settingsSchema, { io: 'input' });
  return Object.entries(properties).map(([name, setting]) => {
    if (typeof setting === 'boolean') throw new Error(`${name} is not described`);
    const examples = setting.examples ?? [];
    return [
      `\`${name}\``,
      required.includes(name) ? 'required' : code(setting.default),
      setting.description ?? '',
      examples.map(code).join(', '),
    ];
  });
}

/** What is said of each value of an order for somebody with these tags. */
function preview(tags: readonly string[]) {
  const candidate = {
    name: 'Ann Example',
    emails: ['ann@example.com'],
    phones: [],
    tags,
    positionTitle: null,
    positionDepartment: null,
    location: null,
  };
  const settings = settingsSchema.parse({ defaultProduct: 'Criminal Package 1' });
  const clients = [{ guid: 'main', name: 'Acme', code: null, city: null }];
  const products = ['Criminal Package 1', 'Criminal Package 2'].map((name) => ({ guid: name, name }));
  return mapOrder(candidate, settings, chooseClient(candidate, settings, clients, 'main'), products).values;
}

describe('the page "How an order is decided"', () => {
  it('lists every setting with its default, its meaning and examples, as the schema has them', () => {
    const section = PAGE.split('\n## Every setting\n')[1]?.split('\n## ')[0] ?? '';
    const table = section.split('\n').filter((line) => line.startsWith('|'));
    const listed = table.slice(2).map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    expect(listed).toEqual(rows());
  });

  it('names a field of the preview for every value that it explains (M12)', () => {
    const section = PAGE.split('\n## Reading a preview\n')[1]?.split('\n## ')[0] ?? '';
    const fields = preview([]).map(({ field }) => field);
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter((field) => !section.includes(`\`${field}\``))).toEqual([]);
  });

  it('quotes a reason as the code gives it (M12)', () => {
    const quoted = /^> (.+)$/m.exec(PAGE)?.[1];
    const reasons = preview(['Product: Criminal Package 2']).map(({ reason }) => reason);
    expect(reasons).toContain(quoted);
  });

  it('names every part of the decision that a setting makes (M12)', () => {
    const steps = PAGE.split('\n## The steps\n')[1]?.split('\n## ')[0] ?? '';
    const byOthers = new Set(['statusPrefix', 'flag', 'decision', 'reorder', 'holdSeconds', 'attachReport']);
    const parts = Object.keys(settingsSchema.shape).filter((name) => !byOthers.has(name));
    const told = `${steps}${PAGE.split('\n## The decision at a glance\n')[1]?.split('\n## ')[0] ?? ''}`;
    expect(parts.filter((name) => !told.includes(name))).toEqual([]);
  });
});
