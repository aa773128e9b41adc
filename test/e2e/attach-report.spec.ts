import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { ATTACH_ATTEMPTS, type AttachJob } from '../../src/orders/jobs.js';
import { AttachReport } from '../../src/orders/showing/attach-report.js';
import { WaitsForPerson } from '../../src/platform/jobs/waits-for-person.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

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
  /** @param meanwhile what is arranged before the check is complete */
  const complete = async (meanwhile?: (id: string) => Promise<unknown>): Promise<string> => {
    const id = await play.candidate();
    await play.move(id);
    await play.untilStatus(id, 'Pending');
    await meanwhile?.(id);
    const { orderGuid } = await play.orderAtVictig(id);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
    // Whatever becomes of the file, note and tags do not wait for it.
    expect((await play.untilStatus(id, 'Complete')).notes).toHaveLength(1);
    return id;
  };
  const setLever = async (lever: object): Promise<void> => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const { headers } = await service.admin.get(path).expect(200);
    await service.admin.patch(path).set('if-match', String(headers['etag'])).send({ lever }).expect(200);
  };
  /** How often VICTIG was asked for it, by whoever has it attached. */
  const reportsRead = async (id: string): Promise<number> => {
    const { orderGuid } = await play.orderAtVictig(id);
    const calls = await play.drive<{ path: string }[]>('GET', '/calls?vendor=victig');
    return calls.filter(({ path }) => path.includes(orderGuid) && path.endsWith('/resultsAsPdf')).length;
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

  const failed = async (id: string): Promise<object[]> => {
    const entries = await play.timeline((await play.order(id)).id);
    return entries.filter(({ kind }) => kind === 'attach_failed').map(({ data }) => data);
  };
  const notFound = { kind: 'status', status: 404 };

  it('uploads again where Lever answers with one 404 though the opportunity is there (R5, F2)', async () => {
    const id = await complete((own) => fault('lever', 'POST', `/${own}/files$`, notFound));
    expect(await untilAttached(id)).toHaveLength(1);
    expect(await failed(id)).toMatchObject([{ failure: 'rejected', givenUp: false }]);
  });

  it('finds it again where Lever answers the search for it with one 404 (R5, F1, F2)', async () => {
    const id = await complete(async (own) => {
      await fault('lever', 'POST', `/${own}/files$`, { kind: 'drop_after' });
      await fault('lever', 'GET', `/${own}/files`, notFound);
    });
    expect(await untilAttached(id)).toHaveLength(1);
    expect(await failed(id)).toMatchObject([
      { failure: 'unreachable', givenUp: false },
      { failure: 'rejected', givenUp: false },
    ]);
  });

  it('gives up visibly at the last of its tries where Lever answers each with 404 (R5, F2)', async () => {
    const id = await complete((own) =>
      fault('lever', 'POST', `/${own}/files$`, { ...notFound, times: null }),
    );
    await untilWarned(id, 'rejected', false);
    const { id: orderId } = await play.order(id);
    const reference = `BGC-${orderId.slice(-12)}-R1`;
    const job = { installationId: play.installation.id, orderId, reference };
    await service.part(AttachReport).handle(job, { attempt: ATTACH_ATTEMPTS });
    expect(await failed(id)).toContainEqual({ failure: 'rejected', code: null, givenUp: true });
    expect(await files(id)).toEqual([]);
    await play.drive('DELETE', '/faults');
    await untilDone(service, ['attach-report'], { orderId });
  });

  it('gives up visibly at once where the opportunity was deleted (R5, F2)', async () => {
    const part = service.part(AttachReport);
    const handle = part.handle.bind(part);
    const isDeleted = Promise.withResolvers<void>();
    const spy = vi.spyOn(part, 'handle').mockImplementation(async (...given) => {
      await isDeleted.promise;
      await handle(...given);
    });
    const id = await complete();
    await untilDone(service, ['report-progress'], { opportunityId: id });
    await play.drive('DELETE', `/lever/opportunities/${id}`);
    isDeleted.resolve();
    await untilWarned(id, 'ResourceNotFound', true);
    const { id: orderId } = await play.order(id);
    await untilDone(service, ['attach-report'], { orderId });
    expect(await failed(id)).toHaveLength(1);
    spy.mockRestore();
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
    const id = await complete(async (own) => {
      const { orderGuid } = await play.orderAtVictig(own);
      const elsewhere = { kind: 'status', status: 200, body: { resultsUrl } };
      await fault('victig', 'GET', `/${orderGuid}/resultsAsPdf$`, elsewhere);
    });
    await untilWarned(id, 'host_not_configured', true);
    expect(await files(id)).toEqual([]);
    const entries = await play.timeline((await play.order(id)).id);
    expect(JSON.stringify(entries)).not.toMatch(/the-key|elsewhere/);
  });

  describe('that was given up', () => {
    const givenUp = async (): Promise<string> => {
      const id = await complete(async (own) => {
        const { orderGuid } = await play.orderAtVictig(own);
        const body = { resultsUrl: 'https://elsewhere.example/' };
        const elsewhere = { kind: 'status', status: 200, body };
        await fault('victig', 'GET', `/${orderGuid}/resultsAsPdf$`, elsewhere);
      });
      await untilWarned(id, 'host_not_configured', true);
      return id;
    };

    it('is attached once the cause was mended and the order is refreshed (R5)', async () => {
      const id = await givenUp();
      const { id: orderId } = await play.order(id);
      await service.admin.post(`/admin/v1/orders/${orderId}/refresh`).expect(200);
      const [file, ...others] = await untilAttached(id);
      expect(file?.name).toBe(`background-check-BGC-${orderId.slice(-12)}-R1.pdf`);
      expect(others).toEqual([]);
      await service.admin.post(`/admin/v1/orders/${orderId}/refresh`).expect(200);
      await untilDone(service, ['attach-report', 'refresh-order'], { orderId });
      expect(await files(id)).toHaveLength(1);
    });

    it('is attached when VICTIG completes the report again, with the same result (R5)', async () => {
      const id = await givenUp();
      const { id: orderId } = await play.order(id);
      const { orderGuid } = await play.orderAtVictig(id);
      await play.drive('POST', `/victig/orders/${orderGuid}/reopen`);
      await service.admin.post(`/admin/v1/orders/${orderId}/refresh`).expect(200);
      await eventually(async () =>
        expect(await play.order(id)).not.toMatchObject({ victig: { status: 'complete' } }),
      );
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
      expect(await untilAttached(id)).toHaveLength(1);
      expect((await play.opportunity(id)).notes).toHaveLength(1);
    });
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

  const failOnce = (): Promise<unknown> => fault('lever', 'POST', '/files$', { kind: 'status', status: 503 });
  const notReady =
    (times: number | null = 1) =>
    (): Promise<unknown> =>
      fault('victig', 'GET', '/resultsAsPdf$', { kind: 'status', status: 404, times });
  const revoke = (key: string): Promise<unknown> => play.drive('POST', '/lever/revoke', { key });
  const disconnect = (): Promise<unknown> =>
    service.admin.post(`/admin/v1/installations/${play.installation.id}/disconnect`).send({}).expect(200);

  it.each([
    ['Lever refuses the key', failOnce, 'unavailable', revoke],
    ['an administrator disconnected it', notReady(), 'rejected', disconnect],
    [
      'an administrator disconnected it, and VICTIG is not ready for long',
      notReady(null),
      'rejected',
      disconnect,
    ],
  ])(
    'waits while there is no access to Lever (%s), without using up tries, and comes once there is (R5, I6)',
    async (_why, fail, failure, lose) => {
      const key = `key-${randomUUID()}`;
      await play.drive('POST', '/lever/keys', { key });
      await setLever({ apiKey: key });
      // With the new key those are tried again that still waited.
      await untilDone(service, ['release-waiting', 'attach-report']);
      const part = service.part(AttachReport);
      const handle = part.handle.bind(part);
      const errors: unknown[] = [];
      let isLast = false;
      const isLost = Promise.withResolvers<void>();
      const spy = vi.spyOn(part, 'handle').mockImplementation(async (job, { attempt }) => {
        if (errors.length > 0) await isLost.promise;
        try {
          await handle(job, { attempt: isLast ? ATTACH_ATTEMPTS : attempt });
        } catch (error) {
          errors.push(error);
          throw error;
        }
      });
      await fail();
      const id = await complete();
      await untilWarned(id, failure, false);
      // Also the last try, by which it is found out.
      isLast = true;
      const reads = await reportsRead(id);
      await lose(key);
      isLost.resolve();
      await eventually(() => expect(errors.at(-1)).toBeInstanceOf(WaitsForPerson));
      await untilWarned(id, 'unauthorized', false);
      const { id: orderId } = await play.order(id);
      const waiting = () =>
        service.database.query<{ attempt: number; payload: AttachJob }[]>(
          `SELECT (data ->> 'attempt')::int AS attempt, data -> 'payload' AS payload FROM pgboss.job
         WHERE name = 'attach-report' AND state < 'active' AND data -> 'payload' ->> 'orderId' = $1`,
          [orderId],
        );
      const job = await eventually(async () => {
        const [left] = await waiting();
        if (!left) throw new Error('no job waits');
        return left;
      });
      const events = async (): Promise<number> =>
        (await play.timeline(orderId)).filter(({ kind }) => kind === 'attach_failed').length;
      const told = await events();
      for (let n = 0; n < 3; n++) {
        await expect(part.handle(job.payload, { attempt: 1 })).rejects.toBeInstanceOf(WaitsForPerson);
      }
      expect([await events(), await reportsRead(id)]).toEqual([told, reads]);
      expect(await waiting()).toEqual([job]);
      expect(job.attempt).toBeLessThan(ATTACH_ATTEMPTS);

      // Either of the two has the one that waits done.
      isLast = false;
      await play.drive('DELETE', '/faults');
      service.clock.forward(SETTLED_MS);
      await setLever({ apiKey: SEED.lever.apiKey });
      await service.admin
        .post(`/admin/v1/installations/${play.installation.id}/activate`)
        .send({ waiting: 'process' })
        .expect(200);
      expect(await untilAttached(id)).toHaveLength(1);
      spy.mockRestore();
    },
  );

  it('waits while the key of another Lever account is set, to which the opportunity seems gone (R5, I5)', async () => {
    const key = `key-${randomUUID()}`;
    const account = 'another';
    await play.drive('POST', '/lever/keys', { key, account });
    await play.drive('POST', '/lever/stages', { text: 'Background Check', account });
    await fault('lever', 'POST', '/files$', { kind: 'status', status: 503 });
    const id = await complete();
    const { id: orderId } = await play.order(id);
    await eventually(async () => {
      const failed = (await play.timeline(orderId)).find(({ kind }) => kind === 'attach_failed');
      expect(failed?.data).toMatchObject({ failure: 'unavailable' });
    });
    await setLever({ apiKey: key });
    const { payload } = await eventually(async () => {
      const [left] = await service.database.query<{ payload: AttachJob }[]>(
        `SELECT data -> 'payload' AS payload FROM pgboss.job
         WHERE name = 'attach-report' AND state < 'active' AND data -> 'payload' ->> 'orderId' = $1
           -- That met the other account, and not the one before it.
           AND start_after > now() + interval '1 minute'`,
        [orderId],
      );
      if (!left) throw new Error('no job waits');
      return left;
    });
    const part = service.part(AttachReport);
    await expect(part.handle(payload, { attempt: ATTACH_ATTEMPTS })).rejects.toBeInstanceOf(WaitsForPerson);
    await untilWarned(id, 'unauthorized', false);
    await setLever({ apiKey: SEED.lever.apiKey });
    service.clock.forward(SETTLED_MS);
    expect(await untilAttached(id)).toHaveLength(1);
  });
});
