import { describe, expect, it } from 'vitest';
import { ANY_TEXT, keysOf } from '../spec/anything.ts';
import { caller, dig, digList, digText } from '../spec/call.ts';
import { useSandbox } from '../spec/use-sandbox.ts';
import { SEED } from '../seed.ts';

const { clients, products, token } = SEED.victig;
const MAIN = `/clients/${clients.main}`;
const BOB = { firstName: 'Bob', lastName: 'Smith', email: 'bob.smith@example.com' };

describe('VICTIG', () => {
  let nowMs = 1_700_894_760_987;
  const at = useSandbox({ now: () => nowMs });

  const applicant = async (fields: object = {}): Promise<string> =>
    digText((await at.victig('POST', `${MAIN}/applicants`, { ...BOB, ...fields })).body, 'applicantGuid');
  const order = async (more: object = {}, fields: object = {}): Promise<string> => {
    const body = {
      applicantGuid: await applicant(fields),
      clientProductGuid: products.criminalPackage1,
      useQuickApp: true,
      ...more,
    };
    return digText((await at.victig('POST', `${MAIN}/orders`, body)).body, 'orderGuid');
  };

  it('lists clients and products as bare arrays, products with guids of their own for each client', async () => {
    const list = await at.victig('GET', '/clients');
    expect(digList(list.body).map((client) => dig(client, 'code'))).toEqual(['ACME', 'ACME-OAK', 'ACME-RNO']);
    expect(list.headers.get('link')).toBe('');
    expect(list.headers.get('content-type')).toBe('application/json');
    const [main, sub] = await Promise.all(
      [clients.main, clients.oakland].map((guid) => at.victig('GET', `/clients/${guid}/products`)),
    );
    expect(digList(main?.body).map((row) => dig(row, 'productName'))).toEqual(
      digList(sub?.body).map((row) => dig(row, 'productName')),
    );
    expect(dig(main?.body, 0, 'clientProductGuid')).not.toBe(dig(sub?.body, 0, 'clientProductGuid'));
  });

  it('answers only tokens of type CLIENT about a single client', async () => {
    const refused = await at.victig('GET', MAIN);
    expect([refused.status, refused.body]).toEqual([
      403,
      {
        code: 'NOT_AUTHORIZED',
        message: 'This endpoint requires API type [CLIENT] but Demo Agency - Sandbox  has access to ORDER',
      },
    ]);
    await at.drive('POST', '/victig/tokens', { token: 'wide', type: 'CLIENT' });
    const wide = caller(at.sandbox.victigApiUrl, 'Bearer wide');
    expect((await wide('GET', MAIN)).body).toMatchObject({ physicalAddress: { city: 'San Francisco' } });
  });

  it('refuses unknown tokens and hides clients that a token may not see', async () => {
    const stranger = await caller(at.sandbox.victigApiUrl, 'Bearer nobody')('GET', '/clients');
    expect([stranger.status, dig(stranger.body, 'code')]).toEqual([401, 'NOT_AUTHENTICATED']);
    await at.drive('POST', '/victig/tokens', { token: 'one', clientGuids: [clients.reno] });
    const one = caller(at.sandbox.victigApiUrl, 'Bearer one');
    expect(digList((await one('GET', '/clients')).body)).toHaveLength(1);
    expect((await one('GET', `${MAIN}/products`)).status).toBe(404);
  });

  it('pages with a scheme-less Link whose last is the page count', async () => {
    for (let made = 0; made < 22; made += 1) await applicant();
    const first = await at.victig('GET', `${MAIN}/applicants?page=0&size=3`);
    const address = `${new URL(at.sandbox.url).host}/victig/v1${MAIN}/applicants`;
    expect(first.headers.get('link')).toBe(
      `<${address}?page=1&size=3>; rel="next", <${address}?page=8&size=3>; rel="last"`,
    );
    const last = await at.victig('GET', `${MAIN}/applicants?page=7&size=3`);
    expect(digList(last.body)).toHaveLength(1);
    expect(last.headers.get('link')).not.toContain('next');
    const whole = await at.victig('GET', `${MAIN}/applicants`);
    expect([digList(whole.body).length, whole.headers.get('link')]).toEqual([22, '']);
  });

  it('takes equal applicants twice and rounds their times to the second afterwards', async () => {
    nowMs = 1_700_894_760_987;
    const made = await at.victig('POST', `${MAIN}/applicants`, { ...BOB, clientGuid: clients.main });
    expect([made.status, dig(made.body, 'createdDate')]).toEqual([201, 1_700_894_760_987]);
    const guid = digText(made.body, 'applicantGuid');
    expect(await applicant()).not.toBe(guid);
    const read = await at.victig('GET', `${MAIN}/applicants/${guid}`);
    expect(dig(read.body, 'createdDate')).toBe(1_700_894_761_000);
    expect(read.body).not.toHaveProperty('middleName');
    const [row] = digList((await at.victig('GET', `${MAIN}/applicants`)).body);
    expect(row).not.toHaveProperty('noMiddleName');
    expect(row).not.toHaveProperty('addresses');
  });

  it('names every required field that an applicant lacks', async () => {
    const refused = await at.victig('POST', `${MAIN}/applicants`, { firstName: 'Bob' });
    expect([refused.status, refused.body]).toEqual([
      400,
      {
        code: 'VALIDATION_EXCEPTION',
        fields: { lastName: ['Last name is required.'], email: ['Email is required.'] },
      },
    ]);
  });

  it('changes an applicant, masks the social security number, and keeps addresses', async () => {
    const guid = await applicant();
    const changed = await at.victig('PUT', `${MAIN}/applicants/${guid}`, {
      ...BOB,
      applicantGuid: guid,
      ssn: '111-22-3333',
    });
    expect(changed.body).toMatchObject({ version: 2, ssn: 'XXX-XX-3333' });
    await at.victig('POST', `${MAIN}/applicants/${guid}/addresses`, {
      streetOne: '1 Main',
      addressType: 'DOMESTIC',
    });
    expect((await at.victig('GET', `${MAIN}/applicants/${guid}`)).body).toMatchObject({
      addresses: [{ streetOne: '1 Main', addressGuid: ANY_TEXT }],
    });
  });

  it('answers an order with a summary, and details with capitals', async () => {
    const guid = await order(
      { externalIdentifier: 'ours-1', generalReportReference: 'Mid-Group', quickappNotifyApplicants: true },
      { middleName: 'Q', proposedPosition: 'Head Waiter' },
    );
    const detail = await at.victig('GET', `${MAIN}/orders/${guid}`);
    expect(detail.body).toMatchObject({
      orderStatus: 'app-pending',
      applicantName: 'SMITH, BOB Q.',
      applicantEmail: 'BOB.SMITH@EXAMPLE.COM',
      applicantPosition: 'HEAD WAITER',
      generalReportReference: 'MID-GROUP',
      externalIdentifier: 'ours-1',
      searchFlagged: false,
      quickappInfo: { emailUsed: 'BOB.SMITH@EXAMPLE.COM', notificationsSentByEmail: 1, textsSent: 0 },
    });
    expect(detail.body).not.toHaveProperty('decision');
    const [summary] = digList((await at.victig('GET', `${MAIN}/orders`)).body);
    expect(summary).not.toHaveProperty('applicantGuid');
    expect(summary).not.toHaveProperty('clientProductGuid');
    await at.drive('PATCH', '/victig/behaviour', { uppercaseReference: false });
    expect(dig((await at.victig('GET', `${MAIN}/orders/${guid}`)).body, 'generalReportReference')).toBe(
      'Mid-Group',
    );
  });

  it('lists orders newest first, and those of an applicant', async () => {
    const older = await order({ externalIdentifier: 'older' });
    const newer = await order();
    const list = await at.victig('GET', `${MAIN}/orders`);
    expect(digList(list.body).map((row) => dig(row, 'orderGuid'))).toEqual([newer, older]);
    const detail = await at.victig('GET', `${MAIN}/orders/${older}`);
    const own = await at.victig('GET', `${MAIN}/applicants/${digText(detail.body, 'applicantGuid')}/orders`);
    expect(own.body).toMatchObject([{ orderGuid: older, externalIdentifier: 'older' }]);
    const pulled = await at.victig('GET', `${MAIN}/order/${older}/applicant/pullFromOrder`);
    expect(pulled.body).toMatchObject({ firstName: 'Bob' });
  });

  it('refuses an order without its parts, or with those of another client', async () => {
    const missing = await at.victig('POST', `${MAIN}/orders`, {});
    expect([missing.status, missing.body]).toEqual([
      400,
      {
        code: 'VALIDATION_EXCEPTION',
        fields: {
          applicantGuid: ['Applicant identifier is required.'],
          clientProductGuid: ['Client product identifier is required.'],
        },
      },
    ]);
    const foreign = await at.victig('POST', `/clients/${clients.reno}/orders`, {
      applicantGuid: await applicant(),
      clientProductGuid: products.criminalPackage1,
    });
    expect(keysOf(dig(foreign.body, 'fields'))).toEqual(['applicantGuid', 'clientProductGuid']);
    expect((await at.victig('GET', `/clients/${clients.reno}/orders/${await order()}`)).status).toBe(404);
  });

  it('has results only when the order is complete', async () => {
    const guid = await order();
    const path = `${MAIN}/orders/${guid}`;
    const early = await at.victig('GET', `${path}/resultsAsPdf`);
    expect([early.status, early.body]).toEqual([
      400,
      {
        code: 'VALIDATION_EXCEPTION',
        message: 'Report results are not available for orders in app-pending status.',
      },
    ]);
    await at.drive('POST', '/victig/orders/latest/complete', {
      flagged: true,
      decision: 'Eligible',
      searches: [{ displayName: 'County of Alameda', status: 'complete', result: 'yes' }],
    });
    expect((await at.victig('GET', path)).body).toMatchObject({
      orderStatus: 'complete',
      searchFlagged: true,
      decision: 'Eligible',
    });
    const status = await at.victig('GET', `${path}/status`);
    expect(dig(status.body, 'orderDetail', 'status')).toBe('complete');
    expect(digText(status.body, 'orderDetail', 'reportUrl')).toContain('?a=');
    expect(digText(status.body, 'orderDetail', 'reportUrlLoginRequired')).toContain('viewReport.taz?file=');
    const pdf = await at.victig('GET', `${path}/resultsAsPdf`);
    const report = await fetch(digText(pdf.body, 'resultsUrl'));
    expect([report.status, report.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(typeof (await at.victig('GET', `${path}/resultsPdf`)).body).toBe('string');

    const [search] = digList((await at.victig('GET', `${path}/searches`)).body);
    expect(search).toMatchObject({ displayName: 'County of Alameda', status: 'complete', result: 'yes' });
    const results = await at.victig('GET', `${path}/searches/${digText(search, 'orderSearchGuid')}/results`);
    expect(dig(results.body, 'results', 'records')).toHaveLength(1);
    expect(digList((await at.victig('GET', `${path}/searches/results`)).body)).toHaveLength(1);
  });

  it('shows a clear county search as an empty object', async () => {
    const guid = await order({ clientProductGuid: products.criminalPackage2 });
    await at.drive('POST', `/victig/orders/${guid}/complete`);
    const results = digList((await at.victig('GET', `${MAIN}/orders/${guid}/searches/results`)).body);
    const county = results.find((search) => dig(search, 'type') === 'COUNTY_CRIMINAL_RECORD');
    expect(dig(county, 'results')).toEqual({});
  });

  it('answers a broken body without its envelope', async () => {
    const broken = await fetch(`${at.sandbox.victigApiUrl}${MAIN}/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{',
    });
    expect([broken.status, await broken.json()]).toEqual([400, { message: 'Invalid request body' }]);
  });

  it('keeps a rate limit when told to, and says when to come back', async () => {
    await at.drive('PATCH', '/victig/behaviour', { rateLimit: true });
    const answers = await Promise.all(Array.from({ length: 12 }, () => at.victig('GET', '/clients')));
    const refused = answers.filter(({ status }) => status === 429);
    expect([refused.length, refused[0]?.headers.get('retry-after')]).toEqual([2, '1']);
  });

  it('demands the certification when told to', async () => {
    await at.drive('PATCH', '/victig/behaviour', { requireCertification: true });
    const body = {
      applicantGuid: await applicant(),
      clientProductGuid: products.criminalPackage1,
      useQuickApp: true,
    };
    expect((await at.victig('POST', `${MAIN}/orders`, body)).status).toBe(400);
    const certified = { ...body, certifyPermissiblePurpose: 'true' };
    expect((await at.victig('POST', `${MAIN}/orders`, certified)).status).toBe(201);
  });
});
