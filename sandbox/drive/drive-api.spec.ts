import { describe, expect, it } from 'vitest';
import { dig, digList, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';

const { opportunities, stages, postings } = SEED.lever;

describe('the driving API', () => {
  const at = useSandbox();

  it('makes a candidate and shows everything about it', async () => {
    const made = await at.drive('POST', '/lever/opportunities', {
      name: 'Eve New',
      emails: ['eve@example.com'],
      phones: ['415-555-0100', { type: 'home', value: '1' }],
      tags: ['Product: Criminal Package 2'],
      postingId: postings.driver,
      stageId: stages.responded,
      opportunityLocation: 'unspecified',
    });
    expect(made.status).toBe(201);
    const id = digText(made.body, 'id');
    const wire = await at.lever('GET', `/opportunities/${id}`);
    expect(wire.body).toMatchObject({
      data: {
        name: 'Eve New',
        phones: [{ type: 'mobile' }, { type: 'home' }],
        opportunityLocation: 'unspecified',
      },
    });
    await at.lever('POST', `/opportunities/${id}/notes`, { value: 'secret', secret: true });
    expect((await at.drive('GET', `/lever/opportunities/${id}`)).body).toMatchObject({
      stage: stages.responded,
      notes: [{ secret: true, byApi: true, fields: [{ value: 'secret' }] }],
    });
  });

  it('changes and deletes a candidate', async () => {
    const path = `/lever/opportunities/${opportunities.anaRuiz}`;
    await at.drive('PATCH', path, { emails: [], isAnonymized: true });
    expect((await at.lever('GET', `/opportunities/${opportunities.anaRuiz}`)).body).toMatchObject({
      data: { emails: [], isAnonymized: true, name: 'Ana Ruiz' },
    });
    expect((await at.drive('DELETE', path)).status).toBe(204);
    expect((await at.lever('GET', `/opportunities/${opportunities.anaRuiz}`)).status).toBe(404);
  });

  it('finds the order of a candidate by email, by opportunity and by our id', async () => {
    const path = `/clients/${SEED.victig.clients.main}`;
    const applicant = await at.victig('POST', `${path}/applicants`, {
      firstName: 'Ana',
      lastName: 'Ruiz',
      email: 'Ana.Ruiz@example.com',
    });
    await at.victig('POST', `${path}/orders`, {
      applicantGuid: dig(applicant.body, 'applicantGuid'),
      clientProductGuid: SEED.victig.products.criminalPackage1,
      externalIdentifier: 'ours',
    });
    const byEmail = await at.drive('GET', '/victig/orders/by-email/ana.ruiz@example.com');
    expect(byEmail.body).toMatchObject({
      externalIdentifier: 'ours',
      applicant: { firstName: 'Ana' },
      received: { order: { externalIdentifier: 'ours' } },
    });
    for (const query of [`opportunity=${opportunities.anaRuiz}`, 'externalIdentifier=ours']) {
      expect(digList((await at.drive('GET', `/victig/orders?${query}`)).body)).toHaveLength(1);
    }
    expect((await at.drive('GET', '/victig/orders?externalIdentifier=theirs')).body).toEqual([]);
    expect((await at.drive('GET', '/victig/orders/by-email/nobody@example.com')).status).toBe(404);
  });

  it('counts calls by operation and writes by kind', async () => {
    await at.lever('GET', '/stages');
    const tags = { tags: ['A'] };
    await at.lever('POST', `/opportunities/${opportunities.anaRuiz}/addTags`, tags);
    await at.lever('POST', `/opportunities/${opportunities.anaRuiz}/addTags`, tags);
    expect((await at.drive('GET', '/state')).body).toMatchObject({
      lever: {
        calls: { 'GET /v1/stages': 1, 'POST /v1/opportunities/:id/addTags': 2 },
        writes: { addTags: 1 },
      },
      victig: { orders: 0, writes: {} },
    });
  });

  it('deactivates a user at Lever, and closes a client at VICTIG', async () => {
    const user = `/users/${SEED.lever.users.recruiter}`;
    const deactivatedAt = async () => dig((await at.lever('GET', user)).body, 'data', 'deactivatedAt');
    await at.drive('POST', `/lever${user}/deactivate`);
    expect(await deactivatedAt()).toBeTypeOf('number');
    await at.drive('POST', `/lever${user}/reactivate`);
    expect(await deactivatedAt()).toBeNull();
    await at.drive('POST', '/victig/clients', { name: 'Gone', clientGuid: 'gone', status: 'INACTIVE' });
    const listed = await at.victig('GET', '/clients');
    expect(digList(listed.body).map((client) => dig(client, 'status'))).toEqual([
      'ACTIVE',
      'ACTIVE',
      'ACTIVE',
      'INACTIVE',
    ]);
  });

  it('resets to the seed', async () => {
    await at.drive('POST', '/faults', { vendor: 'lever', kind: 'status', times: null });
    await at.drive('POST', '/lever/opportunities', { name: 'Gone Soon' });
    await at.drive('POST', '/reset');
    expect((await at.lever('GET', '/opportunities')).body).toMatchObject({ hasNext: false });
    expect((await at.drive('GET', '/state')).body).toMatchObject({
      lever: { opportunities: 4, calls: { 'GET /v1/opportunities': 1 } },
      faults: 0,
    });
  });

  it('still sends webhooks after a reset', async () => {
    await at.drive('POST', '/reset');
    await at.drive('POST', '/lever/webhooks', { url: at.receiver.url });
    const stageId = stages.backgroundCheck;
    await at.drive('POST', `/lever/opportunities/${opportunities.anaRuiz}/move`, { stageId });
    expect(await at.receiver.until(1)).toHaveLength(1);
  });

  it('moves a candidate of another account among the stages that were made for it', async () => {
    const account = 'second';
    const stage = await at.drive('POST', '/lever/stages', { text: 'BGC', account });
    const last = await at.drive('POST', '/lever/stages', { text: 'Offer', account });
    const made = await at.drive('POST', '/lever/opportunities', {
      account,
      stageId: digText(stage.body, 'id'),
    });
    expect(made.body).toMatchObject({
      stage: digText(stage.body, 'id'),
      stageChanges: [{ toStageIndex: 0 }],
    });
    const path = `/lever/opportunities/${digText(made.body, 'id')}`;
    const stageId = digText(last.body, 'id');
    expect((await at.drive('POST', `${path}/move`, { stageId })).body).toMatchObject({ stage: stageId });
    expect((await at.drive('GET', path)).body).toMatchObject({
      stageChanges: [{ toStageIndex: 0 }, { toStageId: stageId, toStageIndex: 1 }],
    });
    // Nor is one of the others' stages one of its own.
    const refused = await at.drive('POST', `${path}/move`, { stageId: stages.backgroundCheck });
    expect(refused.status).toBe(400);
  });

  it('reads JSON without a content type, as from a bare curl', async () => {
    const url = `${at.sandbox.url}/drive/lever/opportunities`;
    const body = JSON.stringify({ name: 'Bare Curl' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    expect((await fetch(url, { method: 'POST', headers, body: '{' })).status).toBe(400);
  });

  it('adds many candidates at once, each with addresses of its own', async () => {
    const made = await at.drive('POST', '/lever/opportunities/many', { count: 100, stageId: stages.offer });
    expect(made.status).toBe(201);
    expect(digList(made.body, 'ids')).toHaveLength(100);
    const all = digList((await at.drive('GET', '/lever/opportunities')).body);
    expect(all).toHaveLength(104);
    const added = all.filter((one) => digText(one, 'name') !== '' && dig(one, 'stage') === stages.offer);
    expect(added).toHaveLength(101);
    expect(new Set(all.map((one) => dig(one, 'emails', 0))).size).toBe(104);
    expect(dig(added, -1, 'tags', 0)).toBeTypeOf('string');
  });

  it('considers a candidate for another job: tags of the old one go, those of the new one come', async () => {
    const path = `/lever/opportunities/${opportunities.anaRuiz}`;
    await at.drive('POST', `${path}/addTags`, { tags: ['met at fair'] });
    const changed = await at.drive('PATCH', path, { postingId: postings.driver });
    expect(digList(changed.body, 'tags')).toEqual([
      'Full-time',
      'met at fair',
      'Delivery Driver',
      'Operations',
      'Logistics',
      'Oakland, CA',
    ]);
    expect(dig(changed.body, 'application', 'posting')).toBe(postings.driver);
    await at.drive('PATCH', `/lever/opportunities/${opportunities.leadWithoutEmail}`, {
      postingId: postings.driver,
    });
    const lead = await at.drive('GET', `/lever/opportunities/${opportunities.leadWithoutEmail}`);
    expect(digList(lead.body, 'tags')).toContain('Delivery Driver');
  });

  it('ends one fault and leaves the others', async () => {
    const order = (label: string) =>
      at.drive('POST', '/faults', { vendor: 'victig', kind: 'slow', label, times: null });
    const first = await order('one');
    await order('two');
    const path = `/faults/${String(dig(first.body, 'id'))}`;
    expect((await at.drive('DELETE', path)).status).toBe(204);
    expect((await at.drive('GET', '/faults')).body).toMatchObject([{ label: 'two' }]);
    expect((await at.drive('DELETE', path)).status).toBe(404);
  });

  it('says what is wrong', async () => {
    const wrong: [string, string, object, number][] = [
      ['PATCH', '/lever/behaviour', { rateLimits: true }, 400],
      ['PATCH', '/lever/behaviour', { rateLimit: 'yes' }, 400],
      ['POST', '/lever/webhooks', { url: 'http://x', event: 'tagAdded' }, 400],
      ['POST', '/lever/opportunities', { postingId: 'none' }, 404],
      ['POST', '/lever/opportunities/many', { count: 501 }, 400],
      ['POST', '/lever/opportunities/many', { count: 1, stageId: 'none' }, 404],
      ['PATCH', `/lever/opportunities/${opportunities.anaRuiz}`, { postingId: 'none' }, 404],
      ['POST', `/lever/opportunities/${opportunities.anaRuiz}/move`, { stageId: 'none' }, 400],
      ['POST', '/victig/orders/latest/cancel', {}, 404],
      ['POST', '/lever/users/nobody/deactivate', {}, 404],
      ['POST', '/nothing', {}, 404],
    ];
    for (const [method, path, body, status] of wrong) {
      const answer = await at.drive(method, path, body);
      expect([path, answer.status]).toEqual([path, status]);
      expect(digText(answer.body, 'error')).toMatch(/\.$|not found$/);
    }
  });
});
