import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** Longer than an upload whose answer never came may take to come true. */
const SETTLED_MS = 61_000;

interface SeenFile {
  name: string;
  size: number;
}

describe('attaching the report (R5)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp(
      { attachReport: true },
      { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
    );
  });
  afterAll(() => service.stop());
  afterEach(() => play.drive('DELETE', '/faults'));

  const fault = (vendor: string, method: string, path: string, more: object): Promise<unknown> =>
    play.drive('POST', '/faults', { vendor, match: { method, path }, times: 1, ...more });
  const complete = async (): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    // Whatever becomes of the file, note and tags do not wait for it.
    expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
    return id;
  };
  const files = async (id: string): Promise<SeenFile[]> =>
    (await play.drive<{ files: SeenFile[] }>('GET', `/lever/opportunities/${id}`)).files;
  /** The files there are once the report is attached and nothing is warned of. */
  const untilAttached = async (id: string): Promise<SeenFile[]> => {
    await eventually(async () => {
      const entries = await play.timeline((await play.order(id)).id);
      expect(entries.map(({ kind }) => kind)).toContain('report_attached');
    });
    expect(await play.order(id)).toMatchObject({ warnings: [] });
    return files(id);
  };
  const untilWarned = (id: string, code: string, givenUp: boolean): Promise<void> =>
    eventually(async () => {
      expect(await play.order(id)).toMatchObject({
        status: 'complete',
        warnings: [{ code: 'report_not_attached', details: [code] }],
      });
      const entries = await play.timeline((await play.order(id)).id);
      const failed = entries.findLast(({ kind }) => kind === 'attach_failed');
      expect(failed?.data).toMatchObject({ givenUp });
    });

  it('uploads the PDF once, under a name that says nothing of the person (R5)', async () => {
    const id = await complete();
    const [file, ...others] = await untilAttached(id);
    expect(others).toEqual([]);
    expect(file?.name).toMatch(/^background-check-BGC-[0-9a-f]{12}-R1\.pdf$/);
    expect(file?.size).toBeGreaterThan(100);
  });

  it.each([
    ['the connection drops after Lever took it', { kind: 'drop_after' }],
    ['Lever answers 500 after it took it', { kind: 'status_after', status: 500 }],
  ])('finds it again when %s (F1)', async (_name, kind) => {
    await fault('lever', 'POST', '/files$', kind);
    expect(await untilAttached(await complete())).toHaveLength(1);
  });

  it('uploads again only when the first upload can no longer come true (F1)', async () => {
    await fault('lever', 'POST', '/files$', { kind: 'drop_before' });
    const id = await complete();
    await untilWarned(id, 'unsettled', false);
    service.clock.forward(SETTLED_MS);
    expect(await untilAttached(id)).toHaveLength(1);
  });

  it('uploads again when Lever found it too slow, and asks again while VICTIG is not ready', async () => {
    await fault('lever', 'POST', '/files$', {
      kind: 'status',
      status: 400,
      body: { code: 'RequestTimeout', message: 'File took too long to upload.' },
    });
    await fault('victig', 'GET', '/resultsAsPdf$', { kind: 'status', status: 400 });
    expect(await untilAttached(await complete())).toHaveLength(1);
  });

  it('keeps trying visibly while a permission is missing', async () => {
    await fault('lever', 'POST', '/files$', { kind: 'status', status: 403 });
    const id = await complete();
    await untilWarned(id, 'unauthorized', false);
    expect(await files(id)).toEqual([]);
  });

  it('gives up visibly on a report that lies elsewhere, whose link is shown nowhere (A4, A6)', async () => {
    const resultsUrl = 'https://elsewhere.example/?a=the-key-of-the-link';
    await fault('victig', 'GET', '/resultsAsPdf$', { kind: 'status', status: 200, body: { resultsUrl } });
    const id = await complete();
    await untilWarned(id, 'host_not_configured', true);
    expect(await files(id)).toEqual([]);
    const entries = await play.timeline((await play.order(id)).id);
    expect(JSON.stringify(entries)).not.toMatch(/the-key|elsewhere/);
  });

  it('is refused without a user to upload as (R5)', async () => {
    const { id, settingsVersion } = play.installation;
    const answer = await service.admin
      .patch(`/admin/v1/installations/${id}`)
      .set('if-match', `"${settingsVersion}"`)
      .send({ lever: { performAs: null } })
      .expect(400);
    expect(answer.body).toMatchObject({
      code: 'invalid_settings',
      errors: [{ path: 'settings.attachReport' }],
    });
  });
});
