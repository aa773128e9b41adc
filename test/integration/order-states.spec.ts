import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TRANSITIONS } from '../../src/orders/domain/order-status.js';

const DIAGRAM = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/;
const ARROW = /^ {2}(\S+) --> (\w+)(?:: .+)?$/;

describe('the life of an order in docs/architecture.md', () => {
  it('is drawn with every legal move, each once, and with no other (T7, S4)', () => {
    const [, diagram = ''] = DIAGRAM.exec(readFileSync('docs/architecture.md', 'utf8')) ?? [];
    const drawn = diagram.split('\n').flatMap((line) => {
      const [, from, to] = ARROW.exec(line) ?? [];
      return line === '' ? [] : `${from} --> ${to}`;
    });
    const legal = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
      targets.map((to) => `${from} --> ${to}`),
    );
    expect(drawn.toSorted()).toEqual(['[*] --> received', ...legal].toSorted());
  });
});
