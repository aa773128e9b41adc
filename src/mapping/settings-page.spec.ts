import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
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
    const fields = [
      'product',
      'client',
      'reference',
      'firstName',
      'middleName',
      'lastName',
      'generation',
      'email',
      'phone',
      'proposedPosition',
      'jobLocation',
      'textingEnabled',
      'notifyApplicant',
    ];
    expect(fields.filter((field) => !section.includes(`\`${field}\``))).toEqual([]);
  });
});
