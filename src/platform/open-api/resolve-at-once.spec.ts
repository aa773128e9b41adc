import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { operationsOf, type ApiDocument } from './document.js';
import { resolveAtOnce } from './resolve-at-once.js';

const { resolveSubtree } = resolveAtOnce().fn;

/** Every reference that is left in it. */
const references = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);

describe('what a part of the document refers to', () => {
  const document = {
    paths: { '/a': { get: { schema: { $ref: '#/components/schemas/A~1b', description: 'its own' } } } },
    components: {
      schemas: {
        'A/b': {
          description: "the other's",
          type: 'object',
          properties: { c: { $ref: '#/components/schemas/C' } },
        },
        C: { type: 'array', items: { $ref: '#/components/schemas/C' } },
      },
    },
  };

  it('is put in its place, in depth, under what is said beside it', async () => {
    const { spec, errors } = await resolveSubtree(document, ['paths', '/a', 'get']);
    expect(spec).toEqual({
      schema: {
        description: 'its own',
        type: 'object',
        properties: { c: { type: 'array', items: { $ref: '#/components/schemas/C' } } },
      },
    });
    expect(errors).toEqual([]);
  });

  it('leaves the document as it is, and says nothing of what is not there', async () => {
    const before = structuredClone(document);
    expect((await resolveSubtree(document, ['paths', '/b', 'get'])).spec).toBeUndefined();
    await resolveSubtree(document, ['components', 'schemas']);
    expect(document).toEqual(before);
  });

  it('is all there for every operation of ours', async () => {
    const ours = JSON.parse(readFileSync('openapi.json', 'utf8')) as ApiDocument;
    expect(references(ours.paths)).not.toEqual([]);
    for (const { path, method } of operationsOf(ours)) {
      const { spec } = await resolveSubtree(ours, ['paths', path, method]);
      expect(references(spec), `${method} ${path}`).toEqual([]);
    }
  });
});
