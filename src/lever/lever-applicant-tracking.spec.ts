import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFor } from '../../test/support/config-for.js';
import { failureOf } from '../../test/support/failure-of.js';
import { KnownAccounts } from '../../test/support/known-accounts.js';
import { KnownAsOwn } from '../../test/support/known-as-own.js';
import { KnownCredentials } from '../../test/support/known-credentials.js';
import { LocalServer, sendJson } from '../../test/support/local-server.js';
import { SetClock } from '../../test/support/set-clock.js';
import { Unlimited } from '../../test/support/unlimited.js';
import { NotConnected } from '../installations/vendor-credentials.js';
import { JsonClient } from '../platform/http/json-client.js';
import { OutgoingHosts } from '../platform/http/outgoing-hosts.js';
import { LeverApplicantTracking } from './lever-applicant-tracking.js';
import { LeverClient } from './lever-client.js';

const OPPORTUNITY = {
  id: 'o-1',
  name: 'Ana Ruiz',
  stage: 's-2',
  stageChanges: [
    { toStageId: 's-2', toStageIndex: 1, updatedAt: 1767200000000 },
    { toStageId: 's-1', updatedAt: 1767210000000 },
    { toStageId: 's-2', updatedAt: '1767220000000' },
  ],
  archived: null,
  isAnonymized: false,
  emails: ['ana@example.com'],
  phones: [{ type: 'mobile', value: '(555) 555-0100' }, { value: '+1 555' }],
  tags: ['Full-time'],
  applications: [{ id: 'a-1', posting: 'p-1', name: null }],
  opportunityLocation: 'Oakland, CA',
};

const IN_TIME = new Date('2100-01-01T00:00:00Z');

describe('Lever as the applicant tracking system', () => {
  let server: LocalServer;
  let http: JsonClient;
  let clock: SetClock;
  let limiter: Unlimited;
  let lever: LeverApplicantTracking;

  beforeAll(async () => {
    server = await LocalServer.start();
  });

  afterAll(() => server.stop());

  beforeEach(() => {
    server.reset();
    const config = configFor({ leverApiUrl: `${server.url}/v1` });
    const credentials = new KnownCredentials({
      i1: { lever: { apiKey: 'key-1', performAs: null } },
      i2: { lever: { apiKey: 'key-2', performAs: 'user 1' } },
    });
    clock = new SetClock();
    limiter = new Unlimited();
    http = new JsonClient(OutgoingHosts.of(config), clock);
    lever = new LeverApplicantTracking(
      new KnownAccounts(credentials),
      new LeverClient(http, limiter, config.lever),
      clock,
      new KnownAsOwn(),
    );
    return () => http.onApplicationShutdown();
  });

  const targets = () => server.received.map(({ method, target }) => `${method} ${target}`);
  const read = (changes: object) => {
    server.answerJson(200, { data: { ...OPPORTUNITY, ...changes } });
    return lever.readOpportunity('i1', 'o-1');
  };

  describe('reading an opportunity', () => {
    it('takes one call, signed in with the API key', async () => {
      expect(await read({})).toEqual({
        id: 'o-1',
        stageId: 's-2',
        stageEnteredAt: new Date(1767220000000),
        archived: false,
        anonymized: false,
        name: 'Ana Ruiz',
        emails: ['ana@example.com'],
        phones: ['(555) 555-0100', '+1 555'],
        tags: ['Full-time'],
        postingId: 'p-1',
        location: 'Oakland, CA',
      });
      expect(targets()).toEqual(['GET /v1/opportunities/o-1?expand=applications']);
      expect(server.received[0]?.headers.authorization).toBe(`Basic ${btoa('key-1:')}`);
    });

    it('is counted under the limit of its Lever account (F3)', async () => {
      await read({});
      const [acquired] = limiter.acquired;
      expect(acquired?.limit).toEqual({ requestsPerSecond: 10, burst: 20 });
      expect(acquired?.key).toMatch(/^lever:[\w-]{22}$/);
    });

    it.each([
      ['a lead without an application', { applications: [] }, { postingId: null }],
      [
        'an application without a posting',
        { applications: [{ id: 'a', posting: null }] },
        { postingId: null },
      ],
      ['an expanded posting', { applications: [{ id: 'a', posting: { id: 'p' } }] }, { postingId: 'p' }],
      ['no chosen location', { opportunityLocation: 'unspecified' }, { location: null }],
      ['an absent location', { opportunityLocation: undefined }, { location: null }],
      ['an archived one', { archived: { reason: 'r', archivedAt: 1 } }, { archived: true }],
      ['one archived the old way', { archived: undefined, archivedAt: 1 }, { archived: true }],
      ['one in which nothing says archived', { archived: undefined }, { archived: false }],
      ['an anonymized one', { isAnonymized: true, name: '' }, { anonymized: true, name: '' }],
      ['an expanded stage', { stage: { id: 's-1', text: 'New' } }, { stageId: 's-1' }],
      ['a stage without its change', { stage: 's-9' }, { stageEnteredAt: null }],
      [
        'gaps among contact data and tags',
        {
          emails: [null, 'ana@example.com'],
          phones: [null, { value: null }, { value: '1' }],
          tags: ['A', null],
        },
        { emails: ['ana@example.com'], phones: ['1'], tags: ['A'] },
      ],
      [
        'gaps among stage changes and applications',
        {
          stageChanges: [null, ...OPPORTUNITY.stageChanges, null],
          applications: [null, ...OPPORTUNITY.applications],
        },
        { stageEnteredAt: new Date(1767220000000), postingId: 'p-1' },
      ],
      [
        'nothing but gaps',
        { stageChanges: [null], applications: [null] },
        { stageEnteredAt: null, postingId: null },
      ],
      [
        'absent contact data',
        { name: null, emails: null, phones: undefined },
        { name: '', emails: [], phones: [] },
      ],
    ])('understands %s', async (_what, changes, expected) => {
      expect(await read(changes)).toMatchObject(expected);
    });

    it('does not mind what it does not know, wrapped twice and with times as text', async () => {
      const more = {
        somethingNew: { deep: [1] },
        createdAt: '1767200000000',
        phones: [{ value: '1', kind: 7 }],
      };
      server.answerJson(200, { data: { data: { ...OPPORTUNITY, ...more } }, trace: 'x' });
      expect(await lever.readOpportunity('i1', 'o-1')).toMatchObject({
        stageEnteredAt: new Date(1767220000000),
        phones: ['1'],
        postingId: 'p-1',
      });
    });

    it('looks the application up where Lever did not expand it', async () => {
      server.answer(({ target }, response) => {
        const isApplication = target.includes('/applications/');
        const data = isApplication
          ? { id: 'a-1', posting: 'p-7' }
          : { ...OPPORTUNITY, applications: ['a-1'] };
        sendJson(response, 200, { data });
      });
      expect(await lever.readOpportunity('i1', 'o-1')).toMatchObject({ postingId: 'p-7' });
      expect(targets()[1]).toBe('GET /v1/opportunities/o-1/applications/a-1');
    });

    it('answers null when there is none', async () => {
      server.answerJson(404, { code: 'ResourceNotFound', message: 'o-9 was not found' });
      expect(await lever.readOpportunity('i1', 'o-9')).toBeNull();
    });

    it('answers null for an id that leads elsewhere, and asks nobody (T6)', async () => {
      expect(await lever.readOpportunity('i1', '..')).toBeNull();
      expect(server.received).toEqual([]);
    });

    it('takes no record of another opportunity for the one that was asked for (T6)', async () => {
      expect(await failureOf(read({ id: 'o-2' }))).toMatchObject({
        failure: 'malformed',
        fate: 'answered',
        code: 'another_opportunity',
      });
      expect(targets()).toHaveLength(1);
    });

    it('takes an id in capitals for the same', async () => {
      expect(await read({ id: 'O-1' })).toMatchObject({ id: 'O-1', name: 'Ana Ruiz' });
    });

    it('takes no posting of another application for that of the one that was asked for (T6)', async () => {
      server.answer(({ target }, response) => {
        const isApplication = target.includes('/applications/');
        const data = isApplication
          ? { id: 'a-2', posting: 'p-7' }
          : { ...OPPORTUNITY, applications: ['a-1'] };
        sendJson(response, 200, { data });
      });
      expect(await failureOf(lever.readOpportunity('i1', 'o-1'))).toMatchObject({
        failure: 'malformed',
        code: 'another_application',
      });
    });

    it.each([401, 403])('reports %i as unauthorized', async (status) => {
      server.answerJson(status, { code: 'ForbiddenError', message: 'no' });
      expect(await failureOf(lever.readOpportunity('i1', 'o-1'))).toMatchObject({
        failure: 'unauthorized',
        status,
        code: 'ForbiddenError',
      });
    });

    it('does not call without credentials', async () => {
      await expect(lever.readOpportunity('i9', 'o-1')).rejects.toThrow(NotConnected);
    });
  });

  describe('reading a posting', () => {
    const posting = (categories: object | null) => ({
      data: { id: 'p-1', text: 'Support Lead', categories },
    });

    it.each([
      [
        { department: 'Customer Success', location: 'Oakland, CA', allLocations: ['Reno'] },
        { department: 'Customer Success', location: 'Oakland, CA' },
      ],
      [
        { department: null, location: null, allLocations: ['Reno', 'Athens'] },
        { department: null, location: 'Reno' },
      ],
      [
        { department: '', location: ' ' },
        { department: null, location: null },
      ],
      [null, { department: null, location: null }],
    ])('reads %j', async (categories, expected) => {
      server.answerJson(200, posting(categories));
      expect(await lever.readPosting('i1', 'p-1')).toEqual({ id: 'p-1', title: 'Support Lead', ...expected });
    });

    it('asks anew where a decision needs what the posting says since (M4)', async () => {
      server.answerJson(200, posting({ location: 'Reno' }));
      await lever.readPosting('i1', 'p-1');
      clock.advance(1);
      const since = clock.now();
      server.answerJson(200, posting({ location: 'Athens' }));
      expect(await lever.readPosting('i1', 'p-1')).toMatchObject({ location: 'Reno' });
      for (let n = 0; n < 2; n++) {
        expect(await lever.readPosting('i1', 'p-1', { since })).toMatchObject({ location: 'Athens' });
      }
      expect(server.received).toHaveLength(2);
    });

    it('asks once in ten minutes, for each installation', async () => {
      server.answerJson(200, posting(null));
      await lever.readPosting('i1', 'p-1');
      clock.advance(10 * 60_000 - 1);
      await lever.readPosting('i1', 'p-1');
      expect(server.received).toHaveLength(1);
      await lever.readPosting('i2', 'p-1');
      clock.advance(1);
      await lever.readPosting('i1', 'p-1');
      expect(server.received).toHaveLength(3);
    });

    it('does not remember that there is none', async () => {
      server.answerJson(404, {});
      expect(await lever.readPosting('i1', 'p-1')).toBeNull();
      server.answerJson(200, posting(null));
      expect(await lever.readPosting('i1', 'p-1')).not.toBeNull();
    });
  });

  describe('tags', () => {
    /** As recorded: the answer to a change has its contact fields blank. */
    const blanked = { ...OPPORTUNITY, name: '', emails: [], phones: [], tags: ['Full-time', 'BGC: Pending'] };

    it.each([['addTags'], ['removeTags']] as const)('%s answers all tags there are', async (change) => {
      server.answerJson(200, { data: blanked });
      const changed = await lever[change]('i1', 'o-1', ['BGC: Pending']);
      expect(changed.tags).toEqual(['Full-time', 'BGC: Pending']);
      expect(targets()).toEqual([`POST /v1/opportunities/o-1/${change}`]);
      expect(server.received[0]?.body).toBe('{"tags":["BGC: Pending"]}');
    });

    it.each([['addTags'], ['removeTags']] as const)(
      '%s takes no tags of another opportunity for those of its own, which it reads (T6)',
      async (change) => {
        const wanted = change === 'addTags' ? ['Full-time', 'x'] : ['Full-time'];
        server.answer(({ method }, response) =>
          sendJson(response, 200, {
            data: method === 'POST' ? { ...blanked, id: 'o-2' } : { ...OPPORTUNITY, tags: wanted },
          }),
        );
        expect(await lever[change]('i1', 'o-1', ['x'])).toEqual({ tags: wanted, whereabouts: null });
        expect(targets()).toEqual([
          `POST /v1/opportunities/o-1/${change}`,
          'GET /v1/opportunities/o-1?expand=applications',
        ]);
      },
    );

    it('are not known to be changed where Lever only speaks of another opportunity', async () => {
      server.answerJson(200, { data: { ...blanked, id: 'o-2' } });
      expect(await failureOf(lever.addTags('i1', 'o-1', ['BGC: Pending']))).toMatchObject({
        failure: 'malformed',
        code: 'another_opportunity',
      });
    });

    it('are taken from an answer that does not say whose they are', async () => {
      server.answerJson(200, { data: { tags: ['x'] } });
      expect((await lever.addTags('i1', 'o-1', ['x'])).tags).toEqual(['x']);
      expect(targets()).toHaveLength(1);
    });

    it('are changed in the name of a user where one is set', async () => {
      server.answerJson(200, { data: blanked });
      await lever.addTags('i2', 'o-1', ['x']);
      expect(targets()).toEqual(['POST /v1/opportunities/o-1/addTags?perform_as=user+1']);
    });
  });

  describe('notes', () => {
    it.each([
      ['as recorded', { data: { id: 'n-1', noteId: 'n-1' } }],
      ['as documented', { data: { noteId: 'n-1' } }],
      ['wrapped twice', { data: { data: { id: 'n-1' } } }],
    ])('answers the id of a new note %s', async (_what, body) => {
      server.answerJson(201, body);
      expect(await lever.addNote('i1', 'o-1', { text: 'Done.', secret: true }, IN_TIME)).toBe('n-1');
      expect(server.received[0]?.body).toBe('{"value":"Done.","secret":true}');
    });

    it('does not take an answer without an id for a note', async () => {
      server.answerJson(201, { data: {} });
      expect(
        await failureOf(lever.addNote('i1', 'o-1', { text: 'x', secret: false }, IN_TIME)),
      ).toMatchObject({
        failure: 'malformed',
        fate: 'unknown',
      });
    });

    const note = (id: string, value: unknown) => ({ id, fields: [{ type: 'note', value, score: null }] });
    const pagesOfNotes = (next: string) =>
      server.answer(({ target }, response) =>
        sendJson(
          response,
          200,
          target.includes('offset=')
            ? { data: [note('n-3', 'Ref 77 (ours)')], hasNext: false }
            : { data: [note('n-1', 'Hello'), note('n-2', null)], hasNext: true, next },
        ),
      );

    it('finds a note by its reference on any page, and sends an encoded offset back as it came', async () => {
      pagesOfNotes('%5B3%2C1491435120000%2C%22n-2%22%5D');
      expect(await lever.findNote('i1', 'o-1', 'Ref 77')).toBe('n-3');
      expect(targets()).toEqual([
        'GET /v1/opportunities/o-1/notes?limit=100',
        'GET /v1/opportunities/o-1/notes?limit=100&offset=%5B3%2C1491435120000%2C%22n-2%22%5D',
      ]);
    });

    it.each(['0.1414895548650.n-2', '[3,"a b&c"]'])('pages with the offset %s', async (next) => {
      pagesOfNotes(next);
      await lever.findNote('i1', 'o-1', 'Ref 77');
      const { searchParams } = new URL(server.received[1]?.target ?? '', server.url);
      expect(searchParams.get('offset')).toBe(next);
    });

    it('answers null when no page has it', async () => {
      pagesOfNotes('x');
      expect(await lever.findNote('i1', 'o-1', 'Ref 78')).toBeNull();
    });

    it.each([
      ['without hasNext', { data: [note('n-1', 'Ref 77')] }],
      ['as a bare list', [note('n-1', 'Ref 77')]],
      [
        'with gaps',
        { data: [null, { ...note('n-1', 'Ref 77'), fields: [null, { value: 'Ref 77' }] }], hasNext: false },
      ],
      ['with noteId', { data: [{ noteId: 'n-1', value: 'Ref 77' }], hasNext: false }],
    ])('understands a list %s', async (_what, body) => {
      server.answerJson(200, body);
      expect(await lever.findNote('i1', 'o-1', 'Ref 77')).toBe('n-1');
    });

    it.each([{}, { next: null }, { next: '' }])(
      'does not take a part for the whole: more, and no way to it %j',
      async (more) => {
        server.answerJson(200, { data: [note('n-1', 'Hello')], hasNext: true, ...more });
        expect(await failureOf(lever.findNote('i1', 'o-1', 'Ref 77'))).toMatchObject({
          failure: 'malformed',
        });
      },
    );

    it('does not take an endless list for one without our note', async () => {
      server.answerJson(200, { data: [], hasNext: true, next: 'again' });
      expect(await failureOf(lever.findNote('i1', 'o-1', 'Ref 77'))).toMatchObject({
        failure: 'malformed',
        code: 'endless_list',
      });
    });
  });

  describe('what Lever does not find when it is to be removed (A3)', () => {
    type Answer = [status: number, body: unknown];
    const LISTED: Answer = [200, { data: [{ id: 'x-1' }, { id: 'x-2' }], hasNext: false }];
    const UNLISTED: Answer = [200, { data: [{ id: 'x-2' }], hasNext: false }];
    const DELETED: Answer = [200, { data: [{ id: 'x-1', deletedAt: 1767220000000 }], hasNext: false }];
    const NOWHERE: Answer = [404, {}];
    const THERE: Answer = [200, { data: OPPORTUNITY }];

    const removing = (kind: 'notes' | 'files', list: Answer, opportunity: Answer): Promise<void> => {
      server.answer(({ method, target }, response) => {
        const isList = target.includes(`/${kind}?`);
        sendJson(response, ...(method === 'DELETE' ? NOWHERE : isList ? list : opportunity));
      });
      return kind === 'notes' ? lever.removeNote('i2', 'o-1', 'x-1') : lever.removeFile('i2', 'o-1', 'x-1');
    };

    describe.each(['notes', 'files'] as const)('of the %s', (kind) => {
      it.each<[string, Answer, Answer]>([
        ['is not listed either', UNLISTED, THERE],
        ['is of an opportunity that is gone', NOWHERE, NOWHERE],
        ['may not be looked for', [403, {}], THERE],
      ])('is gone where it %s', async (_why, list, opportunity) => {
        await expect(removing(kind, list, opportunity)).resolves.toBeUndefined();
      });

      it.each<[string, Answer]>([
        ['is listed all the same', LISTED],
        ['is of an opportunity that is there, and nothing is listed', NOWHERE],
      ])('is a failure where it %s', async (_why, list) => {
        const removed = removing(kind, list, THERE);
        expect(await failureOf(removed)).toMatchObject({ failure: 'rejected', status: 404 });
        expect(targets()[0]).toMatch(/^DELETE /);
      });

      it('is asked for again where the list cannot be read', async () => {
        expect(await failureOf(removing(kind, [503, {}], THERE))).toMatchObject({ failure: 'unavailable' });
      });
    });

    it('is gone where the list has it as deleted', async () => {
      await expect(removing('notes', DELETED, THERE)).resolves.toBeUndefined();
    });
  });

  describe('files', () => {
    const file = { name: 'check-1.pdf', content: Buffer.from('%PDF-1.4\n%%EOF') };
    /** Numbers as text, as in the documentation's samples. */
    const stored = { id: 'f-1', name: file.name, ext: '.pdf', uploadedAt: '1767220000000', size: '14' };

    it.each([200, 201])(
      'are uploaded in the name of the user that is set, answered %i (R5)',
      async (status) => {
        server.answerJson(status, { data: stored });
        expect(await lever.attachFile('i2', 'o-1', file, IN_TIME)).toBe('f-1');
        expect(targets()).toEqual(['POST /v1/opportunities/o-1/files?perform_as=user+1']);
        const [{ headers, body } = { headers: {}, body: '' }] = server.received;
        expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
        expect(body).toContain('name="file"; filename="check-1.pdf"');
        expect(body).toContain('%PDF-1.4');
      },
    );

    it('are not even sent without such a user (R5)', async () => {
      expect(await failureOf(lever.attachFile('i1', 'o-1', file, IN_TIME))).toMatchObject({
        failure: 'rejected',
        fate: 'not_sent',
        code: 'no_perform_as',
      });
      expect(server.received).toEqual([]);
    });

    it('are removed in the name of the user that is set, and not without one (A3)', async () => {
      server.answer((_request, response) => response.writeHead(204).end());
      await lever.removeFile('i2', 'o-1', 'f-1');
      expect(targets()).toEqual(['DELETE /v1/opportunities/o-1/files/f-1?perform_as=user+1']);
      expect(await failureOf(lever.removeFile('i1', 'o-1', 'f-1'))).toMatchObject({
        failure: 'rejected',
        operation: 'DELETE /opportunities/:id/files/:file',
        fate: 'not_sent',
        code: 'no_perform_as',
      });
      expect(server.received).toHaveLength(1);
    });

    it.each([[[stored]], [{ data: [stored] }], [{ data: [stored], hasNext: false }]])(
      'are found in the list %j (R5)',
      async (list) => {
        server.answerJson(200, list);
        expect(await lever.findFile('i1', 'o-1', file.name)).toBe('f-1');
        expect(await lever.findFile('i1', 'o-1', 'another.pdf')).toBeNull();
      },
    );

    it("keep Lever's code and sentence for a slow upload, and the message that is logged has neither (F2, R5)", async () => {
      server.answerJson(400, { code: 'RequestTimeout', message: 'File took too long to upload.' });
      const error = await lever.attachFile('i2', 'o-1', file, IN_TIME).catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        failure: 'rejected',
        details: {
          fate: 'answered',
          code: 'RequestTimeout',
          vendorMessage: 'File took too long to upload.',
        },
        message: 'Lever: POST /opportunities/:id/files rejected (HTTP 400)',
      });
    });
  });
});
