import { describe, expect, it } from 'vitest';
import { keysOf } from '../spec/anything.ts';
import { basic, caller, dig, digList, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';

const { opportunities, postings, stages, users, archiveReasons } = SEED.lever;
const ANA = `/opportunities/${opportunities.anaRuiz}`;

describe('opportunities at Lever', () => {
  const at = useSandbox();

  it('carry the tags of their posting after their own', async () => {
    const sam = await at.lever('GET', `/opportunities/${opportunities.samTaggedOverride}`);
    expect(dig(sam.body, 'data', 'tags')).toEqual([
      'Product: Criminal Package 2',
      'Delivery Driver',
      'Operations',
      'Logistics',
      'Oakland, CA',
      'Full-time',
    ]);
  });

  it('have no location key and no application when they are leads, and no update time while untouched', async () => {
    const lead = await at.lever('GET', `/opportunities/${opportunities.leadWithoutEmail}`);
    expect(dig(lead.body, 'data')).not.toHaveProperty('opportunityLocation');
    expect(lead.body).toMatchObject({ data: { applications: [], emails: [], updatedAt: null } });
  });

  it('expand by repeated, comma-joined and bracketed names', async () => {
    for (const query of [
      'expand=applications&expand=stage',
      'expand=applications,stage',
      'expand[]=applications&expand[]=stage',
    ]) {
      const answer = await at.lever('GET', `${ANA}?${query}`);
      expect(dig(answer.body, 'data', 'stage')).toEqual({ id: stages.offer, text: 'Offer' });
      expect(dig(answer.body, 'data', 'applications', 0, 'posting')).toBe(postings.supportLead);
    }
  });

  it('refuse to expand the posting', async () => {
    const answer = await at.lever('GET', `${ANA}?expand=posting`);
    expect([answer.status, answer.body]).toEqual([
      400,
      { code: 'BadRequestError', message: 'posting is not expandable' },
    ]);
  });

  it('show only what is included, and what is expanded', async () => {
    const answer = await at.lever('GET', `${ANA}?include=id&include=tags&expand=stage`);
    expect(keysOf(dig(answer.body, 'data'))).toEqual(['id', 'stage', 'tags']);
  });

  it('answer mutations with blank contact fields and the full list of tags', async () => {
    const answer = await at.lever('POST', `${ANA}/addTags`, { tags: ['A', 'a', 'Support Lead', 'A'] });
    expect(answer.body).toMatchObject({
      data: { name: '', headline: '', location: '', emails: [], phones: [], links: [] },
    });
    expect(dig(answer.body, 'data')).not.toHaveProperty('opportunityLocation');
    expect(digList(answer.body, 'data', 'tags').slice(-3)).toEqual(['Full-time', 'A', 'a']);
    const removed = await at.lever('POST', `${ANA}/removeTags`, { tags: ['a', 'never there'] });
    expect(digList(removed.body, 'data', 'tags').at(-1)).toBe('A');
  });

  it('answer links with the contact fields filled', async () => {
    const answer = await at.lever('POST', `${ANA}/addLinks`, { links: ['https://example.com/a'] });
    expect(answer.body).toMatchObject({ data: { name: 'Ana Ruiz', links: ['https://example.com/a'] } });
  });

  it('move, also while archived', async () => {
    await at.lever('PUT', `${ANA}/archived`, { reason: archiveReasons.positionFilled });
    const moved = await at.lever('PUT', `${ANA}/stage?perform_as=${users.recruiter}`, {
      stage: stages.responded,
    });
    expect(moved.body).toMatchObject({ data: { stage: stages.responded, name: '' } });
    expect(dig(moved.body, 'data', 'stageChanges', -1)).toMatchObject({
      toStageId: stages.responded,
      toStageIndex: 2,
      userId: users.recruiter,
    });
    const back = await at.lever('PUT', `${ANA}/archived`, { reason: null });
    expect(dig(back.body, 'data', 'archived')).toBeNull();
  });

  it('follow a renamed posting with their tags', async () => {
    await at.drive('PATCH', `/lever/postings/${postings.supportLead}`, { text: 'Support Captain' });
    const ana = await at.lever('GET', ANA);
    expect(digList(ana.body, 'data', 'tags')).not.toContain('Support Lead');
    expect(digList(ana.body, 'data', 'tags').at(-1)).toBe('Support Captain');
  });

  it('page by a token that is accepted raw and encoded again', async () => {
    const first = await at.lever('GET', '/opportunities?limit=3');
    expect(dig(first.body, 'hasNext')).toBe(true);
    const next = digText(first.body, 'next');
    expect(next).toMatch(/^%5B3%2C\d+%2C%22[0-9a-f-]+%22%5D$/);
    for (const offset of [next, encodeURIComponent(next)]) {
      const second = await at.lever('GET', `/opportunities?limit=3&offset=${offset}`);
      expect(second.body).toMatchObject({ hasNext: false, data: [{ id: opportunities.anaRuiz }] });
      expect(second.body).not.toHaveProperty('next');
    }
  });

  it('page on when the row of the token is gone', async () => {
    const first = await at.lever('GET', '/opportunities?limit=3');
    await at.drive('DELETE', `/lever/opportunities/${opportunities.janVanDerBerg}`);
    const second = await at.lever('GET', `/opportunities?limit=3&offset=${digText(first.body, 'next')}`);
    expect(second.body).toMatchObject({ data: [{ id: opportunities.anaRuiz }] });
  });

  it('refuse a strange token and a strange limit', async () => {
    expect((await at.lever('GET', '/opportunities?offset=nonsense')).status).toBe(400);
    expect((await at.lever('GET', '/opportunities?limit=101')).status).toBe(400);
  });

  it('are found by tag, case counting, and by stage', async () => {
    const byTag = await at.lever('GET', '/opportunities?tag=Full-time');
    expect(digList(byTag.body, 'data')).toHaveLength(3);
    expect(digList((await at.lever('GET', '/opportunities?tag=full-time')).body, 'data')).toEqual([]);
    const byStage = await at.lever('GET', `/opportunities?stage_id=${stages.offer}`);
    expect(byStage.body).toMatchObject({ data: [{ id: opportunities.anaRuiz }] });
  });
});

describe('notes at Lever', () => {
  const at = useSandbox();

  it('are answered richly when made, and listed', async () => {
    const made = await at.lever('POST', `${ANA}/notes`, { value: 'Line one\nLine two', secret: true });
    expect(made.status).toBe(201);
    expect(dig(made.body, 'data', 'noteId')).toBe(dig(made.body, 'data', 'id'));
    const list = await at.lever('GET', `${ANA}/notes`);
    expect(list.body).toMatchObject({
      data: [{ secret: true, user: null, fields: [{ value: 'Line one\nLine two' }] }],
      hasNext: false,
    });
    expect(dig(list.body, 'data', 0)).not.toHaveProperty('noteId');
  });

  it('are listed in pages', async () => {
    for (const value of ['one', 'two', 'three']) await at.lever('POST', `${ANA}/notes`, { value });
    const first = await at.lever('GET', `${ANA}/notes?limit=2`);
    const second = await at.lever('GET', `${ANA}/notes?limit=2&offset=${digText(first.body, 'next')}`);
    const values = [first, second].flatMap(({ body }) =>
      digList(body, 'data').map((note) => dig(note, 'fields', 0, 'value')),
    );
    expect(values).toEqual(['three', 'two', 'one']);
  });

  it('of the API can be replaced and deleted, those of people cannot', async () => {
    const own = digText((await at.lever('POST', `${ANA}/notes`, { value: 'ours' })).body, 'data', 'id');
    const replaced = await at.lever('PUT', `${ANA}/notes/${own}`, { values: [{ value: 'changed' }] });
    expect(replaced.body).toEqual({ data: { noteId: own } });
    expect((await at.lever('DELETE', `${ANA}/notes/${own}`)).status).toBe(204);
    expect((await at.lever('GET', `${ANA}/notes/${own}`)).status).toBe(404);

    const theirs = await at.drive('POST', `/lever/opportunities/${opportunities.anaRuiz}/notes`, {
      value: 'hers',
    });
    expect((await at.lever('DELETE', `${ANA}/notes/${digText(theirs.body, 'id')}`)).status).toBe(403);
  });

  it('need a value and a time that has passed', async () => {
    expect((await at.lever('POST', `${ANA}/notes`, {})).status).toBe(400);
    const future = { value: 'x', createdAt: Date.now() + 60_000 };
    expect((await at.lever('POST', `${ANA}/notes`, future)).status).toBe(400);
  });
});

describe('files at Lever', () => {
  const at = useSandbox();

  it('need a user to act for, and are stored by name and size', async () => {
    const form = (): FormData => {
      const data = new FormData();
      data.append('file', new Blob(['%PDF-1.4 blank']), 'report.pdf');
      return data;
    };
    const url = `${at.sandbox.leverApiUrl}${ANA}/files`;
    const headers = { authorization: basic(SEED.lever.apiKey) };
    const refused = await fetch(url, { method: 'POST', headers, body: form() });
    expect(refused.status).toBe(400);
    const taken = await fetch(`${url}?perform_as=${users.recruiter}`, {
      method: 'POST',
      headers,
      body: form(),
    });
    expect(taken.status).toBe(201);
    const list = await at.lever('GET', `${ANA}/files`);
    expect(list.body).toMatchObject([{ name: 'report.pdf', ext: '.pdf', size: '14', status: 'processed' }]);
    const [{ id } = { id: '' }] = list.body as { id: string }[];
    const stored = `${ANA}/files/${id}`;
    expect((await at.lever('DELETE', stored)).status).toBe(400);
    expect((await at.lever('DELETE', `${stored}?perform_as=${users.recruiter}`)).status).toBe(204);
    expect((await at.lever('DELETE', `${stored}?perform_as=${users.recruiter}`)).status).toBe(404);
    expect((await at.lever('GET', `${ANA}/files`)).body).toEqual([]);
  });
});

describe('access to Lever', () => {
  const at = useSandbox();

  it('is refused without a known credential', async () => {
    const stranger = caller(at.sandbox.leverApiUrl, basic('unknown'));
    const answer = await stranger('GET', '/stages');
    expect([answer.status, dig(answer.body, 'code')]).toEqual([401, 'UnauthorizedError']);
  });

  it('is refused where a scope is lacking; write implies read', async () => {
    await at.drive('POST', '/lever/keys', {
      key: 'narrow',
      scopes: ['notes:write:admin', 'stages:read:admin'],
    });
    const narrow = caller(at.sandbox.leverApiUrl, basic('narrow'));
    expect((await narrow('GET', `/postings/${postings.driver}`)).status).toBe(403);
    expect((await narrow('GET', '/stages')).status).toBe(200);
    expect((await narrow('GET', `${ANA}/notes`)).status).toBe(200);
  });

  it('is refused applications that it may not read, also where they are only expanded', async () => {
    await at.drive('POST', '/lever/keys', { key: 'no-applications', scopes: ['opportunities:read:admin'] });
    const narrow = caller(at.sandbox.leverApiUrl, basic('no-applications'));
    for (const path of ['/opportunities', ANA]) {
      expect((await narrow('GET', path)).status).toBe(200);
      expect((await narrow('GET', `${path}?expand=stage`)).status).toBe(200);
      expect((await narrow('GET', `${path}?expand=stage,applications`)).status).toBe(403);
    }
  });

  it('ends at the border of the account and of confidence', async () => {
    await at.drive('POST', '/lever/keys', { key: 'other', account: 'other' });
    const other = caller(at.sandbox.leverApiUrl, basic('other'));
    expect((await other('GET', ANA)).status).toBe(404);

    const made = await at.drive('POST', '/lever/opportunities', { name: 'Chief', confidential: true });
    await at.drive('POST', '/lever/keys', { key: 'open', confidential: false });
    const open = caller(at.sandbox.leverApiUrl, basic('open'));
    expect((await open('GET', `/opportunities/${digText(made.body, 'id')}`)).status).toBe(403);
    expect((await open('GET', '/opportunities?confidentiality=all')).status).toBe(403);
  });

  it('answers 404 for what is not there and 400 for what is not JSON', async () => {
    const missing = await at.lever('GET', '/stages/none');
    expect([missing.status, missing.body]).toEqual([
      404,
      { code: 'ResourceNotFound', message: 'stages none was not found' },
    ]);
    const broken = await fetch(`${at.sandbox.leverApiUrl}${ANA}/addTags`, {
      method: 'POST',
      headers: { authorization: basic(SEED.lever.apiKey), 'content-type': 'application/json' },
      body: '{"tags":',
    });
    expect(broken.status).toBe(400);
  });

  it('lists reasons by type, users, tags and postings', async () => {
    const hired = await at.lever('GET', '/archive_reasons?type=hired');
    expect(hired.body).toMatchObject({ data: [{ text: 'Hired' }], hasNext: false });
    expect(digList((await at.lever('GET', '/users')).body, 'data')).toHaveLength(2);
    const tags = await at.lever('GET', '/tags');
    expect(digList(tags.body, 'data')).toContainEqual({ text: 'Full-time', count: 3 });
    expect(digList((await at.lever('GET', '/postings')).body, 'data')).toHaveLength(2);
  });
});

describe('the rate limit of Lever', () => {
  let nowMs = 1_800_000_000_000;
  const at = useSandbox({ now: () => nowMs });

  it('lets 20 through at once, then 10 a second, for each key', async () => {
    await at.drive('PATCH', '/lever/behaviour', { rateLimit: true });
    const burst = async (count: number): Promise<number> => {
      const answers = await Promise.all(
        Array.from({ length: count }, () => at.lever('GET', '/stages?limit=1')),
      );
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await burst(30)).toBe(20);
    nowMs += 500;
    expect(await burst(30)).toBe(5);
    const refused = await at.lever('GET', '/stages');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, null]);
    await at.drive('POST', '/lever/keys', { key: 'second' });
    const second = caller(at.sandbox.leverApiUrl, basic('second'));
    expect((await second('GET', '/stages')).status).toBe(200);
  });
});
