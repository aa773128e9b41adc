import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { ServicePause } from '../../src/platform/pause/service-pause.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const REPORT_TAGS = /^(Flag|Decision):/;

interface Seen {
  tags: string[];
  notes: { id: string; fields: { value: string }[] }[];
  files: { id: string; name: string }[];
}

describe('an erasure after a restore (A3)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp(
      { attachReport: true, reorder: 'always' },
      { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
    );
  });
  afterAll(() => service.stop());

  const seen = (opportunityId: string): Promise<Seen> =>
    play.drive('GET', `/lever/opportunities/${opportunityId}`);
  const orderOf = async (id: string): Promise<object> =>
    (await service.admin.get(`/admin/v1/orders/${id}`).expect(200)).body as object;
  const completed = async (opportunityId: string, results: readonly object[]): Promise<string> => {
    await play.move(opportunityId, SEED.lever.stages.recruiterScreen);
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const [{ orderGuid, externalIdentifier: id } = { orderGuid: '', externalIdentifier: '' }] = (
      await play.ordersAtVictig(opportunityId)
    ).slice(-1);
    for (const each of results) {
      await play.drive('POST', `/victig/orders/${orderGuid}/reopen`);
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, each);
      await eventually(async () => expect(await orderOf(id)).toMatchObject(each));
      await untilDone(service, ['report-progress', 'attach-report'], {
        installationId: play.installation.id,
      });
    }
    return id;
  };
  /** As a backup has it that was made when the report had not changed yet. */
  const forgetChange = async (id: string): Promise<void> => {
    for (const table of ['progress_notes', 'report_files']) {
      await service.database.query(`DELETE FROM ${table} WHERE order_id = $1 AND reference LIKE '%-R2'`, [
        id,
      ]);
    }
    await service.database.query(
      `UPDATE orders SET shown_tags = ARRAY['Background Check Status: Complete', 'Flag: False', 'Decision: Eligible']
       WHERE id = $1`,
      [id],
    );
  };
  const restored = async (): Promise<void> => {
    const now = service.clock.now();
    await service.database.query(
      `INSERT INTO service_pauses (id, cause, differs, noticed_at, known_until, resumed_at, resumed_by)
       VALUES (gen_random_uuid(), 'restored', '{database}', $1, $1, $1, 'key:test')`,
      [now],
    );
    await service.part(ServicePause).learn();
  };
  const erase = async (id: string): Promise<void> => {
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
    await eventually(async () =>
      expect(await play.timeline(id)).toContainEqual(expect.objectContaining({ kind: 'removed_from_lever' })),
    );
  };
  const removed = async (id: string): Promise<object | undefined> =>
    (await play.timeline(id)).find(({ kind }) => kind === 'removed_from_lever')?.data;

  it('takes away what was put there since the backup, and nothing of people or of another check', async () => {
    const [known, changed, twice] = [await play.candidate(), await play.candidate(), await play.candidate()];
    const results = [
      { flagged: false, decision: 'Eligible' },
      { flagged: true, decision: 'Not Eligible' },
    ];
    const untouched = await completed(known, results);
    await forgetChange(untouched);
    const orders = [await completed(changed, results), await completed(twice, results)] as const;
    await completed(twice, [{ flagged: true, decision: 'Review' }]);
    for (const id of orders) await forgetChange(id);
    const reference = `BGC-${orders[0].slice(-12)}-R2`;
    for (const value of [`See\nReference: ${reference}\nfor why.`, `Reference ${reference}`]) {
      await play.drive('POST', `/lever/opportunities/${changed}/notes`, { value });
    }
    await play.drive('POST', `/lever/opportunities/${changed}/addTags`, { tags: ['Flagship'] });

    // Without a restore nobody looks for what is not known.
    await erase(untouched);
    expect(await removed(untouched)).toMatchObject({ tags: 1, notes: 1, files: 1 });
    expect(await seen(known)).toMatchObject({ notes: [{}], files: [{}] });

    await restored();
    await erase(orders[0]);
    expect(await removed(orders[0])).toEqual({ tags: 3, tagsLeft: 0, notes: 2, files: 2, gone: false });
    const after = await seen(changed);
    expect(after.files).toEqual([]);
    expect(after.notes.map(({ fields }) => fields[0]?.value.startsWith('Background'))).toEqual([
      false,
      false,
    ]);
    expect(after.tags).toContain('Flagship');
    expect(after.tags.filter((tag) => REPORT_TAGS.test(tag) || tag.startsWith('Background'))).toEqual([]);

    await erase(orders[1]);
    expect(await removed(orders[1])).toMatchObject({ tags: 0, notes: 2, files: 2 });
    const other = await seen(twice);
    expect(other).toMatchObject({ notes: [{}], files: [{}] });
    expect(other.tags.filter((tag) => REPORT_TAGS.test(tag)).toSorted()).toEqual([
      'Decision: Review',
      'Flag: True',
    ]);
  });

  it('takes away the rest where one thing is refused that was forgotten, and that later', async () => {
    const opportunityId = await play.candidate();
    const id = await completed(opportunityId, [{ flagged: false }, { flagged: true }]);
    await forgetChange(id);
    await restored();
    const { notes, files } = await seen(opportunityId);
    const forgotten = [notes.find(({ fields }) => fields[0]?.value.endsWith('-R2')), files.at(-1)];
    for (const one of forgotten) {
      await play.drive('POST', '/faults', {
        vendor: 'lever',
        match: { method: 'DELETE', path: `${one?.id}$` },
        kind: 'status',
        status: 403,
        times: null,
      });
    }
    await erase(id);
    expect(await seen(opportunityId)).toMatchObject({ notes: [{ id: forgotten[0]?.id }], files: [{}] });
    await play.drive('DELETE', '/faults');
    await service.admin.post(`/admin/v1/orders/${id}/erase`).send({ removeFromLever: true }).expect(200);
    await eventually(async () => expect(await seen(opportunityId)).toMatchObject({ notes: [], files: [] }));
  });
});
