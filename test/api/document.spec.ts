import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../src/platform/errors/problem-codes.js';
import { NO_EXAMPLE } from '../../src/platform/open-api/example-of.js';
import { API, faultsAt, PLACES } from '../support/api-document.js';

/** Every operation there is, so that one that comes later is held to the same. */
describe.each(PLACES.map((place) => [place.operation.operationId, place] as const))(
  'the document of %s (P1, P5)',
  (operationId, { path, method, operation }) => {
    const bodies = [
      ...(operation.requestBody ? [['requestBody', operation.requestBody.content] as const] : []),
      ...Object.entries(operation.responses)
        .filter(([status]) => status.startsWith('2'))
        .map(([status, { content }]) => [`responses/${status}`, content ?? {}] as const),
    ];

    it('has a name, a summary and a description that say something', () => {
      expect(operationId).toMatch(/^[a-z]+([A-Z][a-z]*)+$/);
      expect(operation.summary).toMatch(/^[A-Z].{5,80}[^.]$/);
      const [said = ''] = operation.description.split('\n\nNeeds the right');
      expect(said).toMatch(/^[A-Z][^]{20,}[.!]$/);
      expect(operation['x-required-right']).toBeTruthy();
    });

    it('has one tag of those that are described', () => {
      expect(operation.tags).toHaveLength(1);
      expect(API.tags.map(({ name }) => name)).toContain(operation.tags[0]);
    });

    it('says what each parameter is', () => {
      for (const { name, description } of operation.parameters ?? []) {
        expect(description, name).toMatch(/^\S.{5,}/);
      }
    });

    it('has examples of request and answer that are valid and whole', () => {
      for (const [place, content] of bodies) {
        for (const [type, { example }] of Object.entries(content)) {
          expect(example, place).toBeDefined();
          expect(JSON.stringify(example), place).not.toContain(NO_EXAMPLE);
          expect(
            faultsAt(['paths', path, method, ...place.split('/'), 'content', type, 'schema'], example),
          ).toEqual([]);
        }
      }
    });

    it('lists every problem by status and code, each with an example', () => {
      const listed = Object.entries(operation.responses).flatMap(([status, { content }]) =>
        Object.keys(content?.['application/problem+json']?.examples ?? {}).map((code) => ({ status, code })),
      );
      for (const { status, code } of listed.filter(({ status }) => status !== 'default')) {
        expect(String(PROBLEMS[code as ProblemCode].status)).toBe(status);
      }
      const codes = listed.map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(operation['x-problem-codes']));
      expect(codes).toEqual(expect.arrayContaining(['unauthenticated', 'right_missing', 'internal_error']));
    });
  },
);

describe('the document as a whole (P1, P5)', () => {
  it('names no operation twice, and describes no tag that none has', () => {
    const names = PLACES.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    const used = new Set(PLACES.map(({ operation }) => operation.tags[0]));
    expect(API.tags.map(({ name }) => name)).toEqual([...used]);
    for (const { description } of API.tags) expect(description).toMatch(/\.$/);
  });

  it('gives every code a status, a sentence and a valid example', () => {
    for (const code of PROBLEM_CODES) {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(PROBLEMS[code].meaning, code).toMatch(/^[A-Z`].*\.$/);
      expect(PROBLEMS[code].status, code).toBeGreaterThanOrEqual(400);
    }
    for (const [code, { value }] of Object.entries(API.components.examples ?? {})) {
      expect(faultsAt(['components', 'schemas', 'Problem'], value), code).toEqual([]);
    }
  });
});
