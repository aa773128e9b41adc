import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, roleHas, type Right } from '../../src/platform/access/roles.js';
import type { Parameter, Place } from '../../src/platform/open-api/document.js';
import { adminKeyWithRole } from '../support/admin-with-role.js';
import { PLACES, undocumented, type Answer } from '../support/api-document.js';
import { ApiWorld, type Call } from '../support/api-world.js';
import { inputsOf, UNKNOWN_NAMES, type Input } from '../support/inputs-of-schema.js';

const JSON_TYPE = 'application/json';
const NOBODY = '0199f3a0-ffff-7fff-8fff-ffffffffffff';

/** What ends something comes last, so that the others find it. */
const RANKS = ['get', 'post', 'patch', 'put', 'delete'];
const inOrder = PLACES.toSorted((a, b) => RANKS.indexOf(a.method) - RANKS.indexOf(b.method)).map(
  (place) => [place.operation.operationId, place] as const,
);

/**
 * Walks openapi.json and calls what it finds; an operation that is added is called too. Every answer must be one that
 * the document lists, by status, content type, schema and code.
 */
describe('every operation of the document, called on the service (P1, P5, F6)', () => {
  let world: ApiWorld;
  beforeAll(async () => {
    world = await ApiWorld.make();
  });
  afterAll(() => world.service.stop());

  const call = async (place: Place, what: string, request: Call, key?: string): Promise<Answer> => {
    const answer = await world.send(place.method, request, key);
    const said = `${what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
    expect(undocumented(place, answer), said).toEqual([]);
    expect(answer.status, said).toBeLessThan(500);
    return answer;
  };

  /** The example of the document, on the newest thing that takes it. */
  const example = async (place: Place): Promise<Answer> => {
    let last: Answer | undefined;
    for (const path of await world.pathsTo(place.path)) {
      const body = world.bodyFor(place);
      last = await call(place, 'the example', { path, headers: await world.headersFor(place, path), body });
      if (last.status < 300) return last;
    }
    if (!last) throw new Error(`there is nothing that ${place.path} could be called on`);
    return last;
  };

  /** A request as in the example, to be changed in one thing. */
  const sound = async (place: Place): Promise<Call> => {
    const [path = place.path] = await world.pathsTo(place.path, 1);
    return { path, headers: await world.headersFor(place, path), body: world.bodyFor(place) };
  };

  it.each(inOrder)('%s works with its example', async (operationId, place) => {
    const { status, body } = await example(place);
    expect(status, `${operationId}: ${JSON.stringify(body)}`).toBeLessThan(300);
  });

  describe.each(inOrder)('%s', (_operationId, place) => {
    const { operation, method } = place;
    const takes = (where: Parameter['in']): Parameter[] =>
      (operation.parameters ?? []).filter((parameter) => parameter.in === where);

    it('refuses who has no key, a wrong one, or one without the right (A5)', async () => {
      const request = await sound(place);
      expect((await call(place, 'no key', request, '')).status).toBe(401);
      expect((await call(place, 'a wrong key', request, 'Bearer lvk_nobody-has-this')).status).toBe(401);
      const lacking = ROLES.find((role) => !roleHas(role, operation['x-required-right'] as Right));
      if (lacking === undefined) return;
      const key = await adminKeyWithRole(world.service, lacking);
      expect((await call(place, `as ${lacking}`, request, `Bearer ${key}`)).status).toBe(403);
    });

    it('refuses ids that are none, and those of nothing (F6)', async () => {
      const parameters = takes('path');
      const request = await sound(place);
      for (const { name } of parameters) {
        const index = place.path.split('/').indexOf(`{${name}}`);
        const at = (id: string): Call => ({
          ...request,
          path: request.path.split('/').with(index, id).join('/'),
        });
        expect((await call(place, 'no id', at('no-such-id'))).status, name).toBe(400);
        expect((await call(place, 'an odd id', at('%F0%9F%A7%91'))).status, name).toBe(400);
        const nothing = name === 'version' || name === 'other' ? '999999999' : NOBODY;
        expect((await call(place, 'the id of nothing', at(nothing))).status, name).toBe(404);
      }
    });

    it.runIf(takes('query').length > 0)('answers parameters at and beyond their bounds (F6)', async () => {
      const request = await sound(place);
      for (const { name, schema } of takes('query')) {
        for (const { what, value, isInvalid } of inputsOf(schema, undefined).filter(canBeAsked)) {
          const query = new URLSearchParams({ [name]: String(value) });
          const { status } = await call(place, `${name}: ${what}`, { ...request, query });
          if (isInvalid) expect(status, `${name}: ${what}`).toBe(400);
        }
        const twice = new URLSearchParams([
          [name, 'a'],
          [name, 'b'],
        ]);
        expect((await call(place, `${name} twice`, { ...request, query: twice })).status).toBeLessThan(500);
      }
    });

    it('refuses parameters that it does not take, by name (F6, P1)', async () => {
      const request = await sound(place);
      for (const name of ['dryRun', ...UNKNOWN_NAMES, '__proto__']) {
        const query = new URLSearchParams([[name, '1']]);
        const { status, body } = await call(place, `a parameter ${name}`, { ...request, query });
        expect(status, name).toBe(400);
        expect(body, name).toMatchObject({ code: 'invalid_request', errors: [{ path: name }] });
      }
    });

    it.runIf(method !== 'get' && !operation.requestBody)(
      'takes no body but an empty object, and names the fields of others (F6, P1)',
      async () => {
        const request = await sound(place);
        for (const name of UNKNOWN_NAMES) {
          const body = { [name]: true };
          const answer = await call(place, `a field ${name}`, { ...request, body });
          expect(answer.status, name).toBe(400);
          expect(answer.body, name).toMatchObject({ code: 'invalid_request', errors: [{ path: name }] });
        }
        for (const body of [null, [], ['preview'], 'preview', 7, true]) {
          expect((await call(place, JSON.stringify(body), { ...request, body })).status).toBe(400);
        }
        // About nothing, where it can be, so that those that come next find all there is.
        const path = request.path.replace(/[\da-f-]{36}/, NOBODY);
        const { status } = await call(place, 'an empty object', { ...request, path, body: {} });
        expect(status).toBe(path === request.path ? 200 : 404);
      },
    );

    it.runIf(takes('header').some(({ name, required }) => name === 'If-Match' && required))(
      'wants to know what was read (P4)',
      async () => {
        const { headers: _read, ...request } = await sound(place);
        expect((await call(place, 'no If-Match', request)).status).toBe(428);
        for (const stale of ['"999999"', 'rubbish', '""']) {
          const headers = { 'if-match': stale };
          expect((await call(place, `If-Match ${stale}`, { ...request, headers })).status).toBe(412);
        }
      },
    );

    it.runIf(method !== 'get')('refuses bodies that cannot be read (F6)', async () => {
      const request = await sound(place);
      const as = (type: string, body: string): Call => ({
        ...request,
        body,
        headers: { ...request.headers, 'content-type': type },
      });
      expect((await call(place, 'a text', as('text/plain', 'hello'))).status).toBe(415);
      expect((await call(place, 'broken JSON', as(JSON_TYPE, '{"a":'))).status).toBe(400);
      expect((await call(place, 'deep JSON', as(JSON_TYPE, '['.repeat(100) + ']'.repeat(100)))).status).toBe(
        400,
      );
      expect((await call(place, 'too much', as(JSON_TYPE, `"${'x'.repeat(1024 * 1024)}"`))).status).toBe(413);
    });

    it.runIf(operation.requestBody)('answers bodies at and beyond their bounds (F6)', async () => {
      const schema = operation.requestBody?.content[JSON_TYPE]?.schema ?? {};
      const request = await sound(place);
      const accepted: string[] = [];
      for (const { what, value, isInvalid } of inputsOf(schema, request.body)) {
        const headers = await world.headersFor(place, request.path);
        const { status, body } = await call(place, what, { ...request, headers, body: value });
        if (!isInvalid) continue;
        if (status !== 400) accepted.push(`${what}: ${status}`);
        const [name, input] = what.split(': ').slice(-2);
        if (input === 'left out') expect(messagesOf(body), what).toContainEqual(requiredAs(name));
      }
      expect(accepted).toEqual([]);
    });
  });
});

const messagesOf = (problem: unknown): string[] =>
  (problem as { errors?: { message: string }[] }).errors?.map(({ message }) => message) ?? [];

const requiredAs = (name = ''): unknown =>
  expect.stringMatching(new RegExp(String.raw`^([\w.]+\.)?${name} is required: (it must|give) .`));

/** A query knows texts only: what is a wrong type in JSON is the same text here. */
const canBeAsked = ({ what, value }: Input): boolean =>
  typeof value !== 'object' &&
  typeof value !== 'symbol' &&
  !(typeof value === 'number' && what === 'a number');
