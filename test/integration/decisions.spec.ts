import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = 'docs/adr';
const decisions = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));

describe('the decisions', () => {
  it('are all in their index, which names no other', () => {
    const linked = [...readFileSync(`${FOLDER}/README.md`, 'utf8').matchAll(/\]\((\d{4}-[^)]+)\)/g)];
    const names = linked.map(([, name = '']) => name);
    expect(names.toSorted()).toEqual(decisions.toSorted());
  });

  it.each(decisions)('have the number of their file in their title: %s', (name) => {
    expect(readFileSync(`${FOLDER}/${name}`, 'utf8')).toMatch(
      new RegExp(`^# ${Number(name.slice(0, 4))}\\. `),
    );
  });
});
