import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { leverWebhook, OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const MISSING_EMAIL =
  'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.';
const WITHOUT_A_REASON =
  'Background check not ordered: VICTIG refused the request without giving a reason. Ask VICTIG for it, mend what it names, then move the candidate out of and back into the stage.';

describe('a check that is not ordered', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  it('says what is wrong and how to mend it, once, and is ordered when it was mended (S1, S2, T7)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await play.move(opportunityId);
    const seen = await play.untilStatus(opportunityId, 'Rejected');
    expect(seen.notes).toHaveLength(1);
    expect(seen.notes[0]?.secret).toBe(false);
    const text = seen.notes[0]?.fields[0]?.value ?? '';
    expect(text.startsWith(MISSING_EMAIL)).toBe(true);
    expect(await play.order(opportunityId)).toMatchObject({
      status: 'rejected',
      statusReason: 'missing_email',
      product: null,
      victig: { orderGuid: null },
    });

    await play.drive('PATCH', `/lever/opportunities/${opportunityId}`, { emails: ['ana@mended.example'] });
    await play.move(opportunityId, OTHER_STAGE);
    await play.move(opportunityId, TRIGGER_STAGE);
    const mended = await play.untilStatus(opportunityId, 'Pending');
    expect(mended.notes).toHaveLength(1);
    await play.orderAtVictig(opportunityId);
  });

  it('does not start again for a second webhook of the same move (T7)', async () => {
    const opportunityId = await play.candidate({ emails: [] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Rejected');
    await play.knock(leverWebhook({ data: { opportunityId, toStageId: TRIGGER_STAGE } })).expect(200);
    await eventually(async () => {
      const [latest] = (await play.deliveries()).toReversed();
      expect(latest).toMatchObject({ outcome: 'ignored', reason: 'already_decided' });
    });
    expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
  });

  it('orders what a tag with the prefix names, and the default otherwise (M1, M2)', async () => {
    const overridden = await play.candidate({ tags: ['Product: Criminal Package 2'] });
    const plain = await play.candidate({ tags: ['product: Criminal Package 2', 'a Product: x'] });
    await play.move(overridden);
    await play.move(plain);
    await play.untilStatus(overridden, 'Pending');
    await play.untilStatus(plain, 'Pending');
    expect((await play.orderAtVictig(overridden)).productName).toBe('Criminal Package 2');
    expect((await play.orderAtVictig(plain)).productName).toBe('Criminal Package 1');
  });

  it('names the product it does not know and the nearest there is (M3, S2)', async () => {
    const opportunityId = await play.candidate({ tags: ['Product: Criminal Package 3'] });
    await play.move(opportunityId);
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    const text = notes[0]?.fields[0]?.value ?? '';
    expect(text).toContain('Criminal Package 3');
    expect(text).toMatch(/Criminal Package [12]/);
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it("turns VICTIG's refusal into plain words (S2, S3)", async () => {
    const opportunityId = await play.candidate();
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'POST', path: '/orders$' },
      kind: 'status',
      status: 400,
      body: {
        code: 'VALIDATION_EXCEPTION',
        fields: { lastName: ['Last name has characters that are not allowed.'] },
      },
    });
    await play.move(opportunityId);
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    expect(notes[0]?.fields[0]?.value).toContain('Last name has characters that are not allowed');
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it.each([
    [
      'a sentence',
      '/orders$',
      { code: 'VALIDATION_EXCEPTION', message: 'The product is not available to this client.' },
      'The product is not available to this client.',
    ],
    [
      'a fault for each field',
      '/applicants$',
      { code: 'VALIDATION_EXCEPTION', fields: { email: ['must be a well-formed email address'] } },
      'Email address: must be a well-formed email address.',
    ],
  ])(
    "tells the recruiter what VICTIG's refusal says by %s (S2, S3)",
    async (_envelope, path, body, sentence) => {
      const opportunityId = await play.candidate();
      const match = { method: 'POST', path };
      await play.drive('POST', '/faults', { vendor: 'victig', match, kind: 'status', status: 422, body });
      await play.move(opportunityId);
      const { notes } = await play.untilStatus(opportunityId, 'Rejected');
      const [note] = notes;
      expect(note?.fields[0]?.value).toContain(sentence);
      expect(note?.fields[0]?.value).not.toMatch(/VALIDATION_EXCEPTION|[{}]/);
      expect(note?.secret).toBe(false);
      expect(await play.order(opportunityId)).toMatchObject({ statusReason: 'victig_refused' });
      expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
    },
  );

  it.each([
    ['nothing', {}],
    ['nothing but a value that was sent', { code: 'VALIDATION_EXCEPTION', message: '"ana@example.com"' }],
  ])('says that VICTIG gave no reason when it says %s (S2)', async (_what, body) => {
    const opportunityId = await play.candidate();
    const match = { method: 'POST', path: '/orders$' };
    await play.drive('POST', '/faults', { vendor: 'victig', match, kind: 'status', status: 400, body });
    await play.move(opportunityId);
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    expect(notes[0]?.fields[0]?.value.split('\n')[0]).toBe(WITHOUT_A_REASON);
  });
});

describe("what is the operator's problem and not the recruiter's", () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  it.each([
    [401, 'NOT_AUTHENTICATED', '/orders$'],
    [403, 'NOT_AUTHORIZED', '/orders$'],
    [400, 'NOT_AUTHORIZED', '/orders$'],
    [403, 'NOT_AUTHORIZED', '/applicants$'],
  ])(
    "is VICTIG's %i %s: Error and no note, and the order when it is mended (S3)",
    async (status, code, path) => {
      const opportunityId = await play.candidate();
      const match = { method: 'POST', path };
      const body = { code, message: 'no' };
      await play.drive('POST', '/faults', { vendor: 'victig', match, kind: 'status', status, body });
      await play.move(opportunityId);
      const inError = await play.untilStatus(opportunityId, 'Error');
      expect(inError.notes).toEqual([]);
      // A trigger while in error only retries at once (T7).
      await play.move(opportunityId, OTHER_STAGE);
      await play.move(opportunityId, TRIGGER_STAGE);
      await play.untilStatus(opportunityId, 'Pending');
      await play.orderAtVictig(opportunityId);
      const { id } = await play.order(opportunityId);
      const statuses = (await play.timeline(id)).map(({ to }) => to);
      expect(statuses).toContain('error');
      expect(statuses).not.toContain('rejected');
    },
  );
});
