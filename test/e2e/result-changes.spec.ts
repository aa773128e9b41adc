import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { EnforceRetention } from '../../src/orders/forgetting/enforce-retention.js';
import { reportProgress } from '../../src/orders/jobs.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

const DAY_MS = 24 * 3_600_000;
const FLAG_OFF = { enabled: false, prefix: 'Flag:' };
const DECISION_OFF = { enabled: false, prefix: 'Decision:' };

interface Report {
  flagged: boolean;
  decision: string;
}

describe('a completed report that changes', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
  });
  afterAll(() => service.stop());

  const setUp = async (settings: object): Promise<void> => {
    await play.drive('DELETE', '/lever/webhooks');
    await play.setUp(
      { attachReport: true, ...settings },
      { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
    );
  };
  const place = async (): Promise<string> => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    return opportunityId;
  };
  /** Until all that is to be shown of it is shown. */
  const completed = async (opportunityId: string, report: Report): Promise<void> => {
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${orderGuid}/reopen`);
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, report);
    await eventually(async () => expect(await play.order(opportunityId)).toMatchObject(report));
    await untilShown(opportunityId);
  };
  const untilShown = async (opportunityId: string): Promise<void> => {
    await untilDone(service, ['report-progress', 'attach-report'], { installationId: play.installation.id });
    await play.untilStatus(opportunityId, 'Complete');
  };
  const notesOf = async (opportunityId: string): Promise<string[][]> => {
    const { notes } = await play.opportunity(opportunityId);
    return notes.map(({ fields }) => (fields[0]?.value ?? '').split('\n'));
  };
  const filesOf = async (opportunityId: string): Promise<string[]> => {
    const path = `/lever/opportunities/${opportunityId}`;
    const { files } = await play.drive<{ files: { name: string }[] }>('GET', path);
    return files.map(({ name }) => name.replace(/^.*-(R\d+)\.pdf$/, '$1')).toSorted();
  };

  it('is shown without its searches where VICTIG has no list of them (R1, R4)', async () => {
    await setUp({ attachReport: false });
    const opportunityId = await place();
    const match = { method: 'GET', path: '/searches$' };
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match,
      kind: 'status',
      status: 404,
      times: null,
    });
    await completed(opportunityId, { flagged: true, decision: 'Review' });
    await play.drive('DELETE', '/faults');
    const [note = []] = await notesOf(opportunityId);
    expect(note).toContain('Flagged: yes');
    expect(note).toContain('Searches: VICTIG lists none; see the report');
  });

  it('in what is disabled gets no note, a later change its own, and each its file (R4, R5)', async () => {
    await setUp({ flag: FLAG_OFF });
    const opportunityId = await place();
    await completed(opportunityId, { flagged: false, decision: 'Eligible' });
    await completed(opportunityId, { flagged: true, decision: 'Eligible' });
    expect(await notesOf(opportunityId)).toHaveLength(1);
    await completed(opportunityId, { flagged: false, decision: 'Review' });
    const job = { installationId: play.installation.id, opportunityId };
    await service.send(reportProgress, { ...job, orderId: (await play.order(opportunityId)).id });
    await untilShown(opportunityId);
    const [first, ...later] = await notesOf(opportunityId);
    expect(first).toContain('Background check complete');
    expect(later).toEqual([
      [
        'Background check result changed',
        expect.stringMatching(/^Order number: \d+$/) as string,
        'Decision: Review (before: Eligible)',
        expect.stringMatching(/^Reference: BGC-[\da-f]{12}-R3$/) as string,
      ],
    ]);
    expect((await play.opportunity(opportunityId)).tags).toContain('Decision: Review');
    expect(await filesOf(opportunityId)).toEqual(['R1', 'R2', 'R3']);
  });

  it('says nothing of it where flag and decision are disabled (R4)', async () => {
    await setUp({ flag: FLAG_OFF, decision: DECISION_OFF, attachReport: false });
    const opportunityId = await place();
    await completed(opportunityId, { flagged: false, decision: 'Eligible' });
    const before = await play.opportunity(opportunityId);
    await completed(opportunityId, { flagged: true, decision: 'Ineligible' });
    expect(await play.opportunity(opportunityId)).toEqual(before);
    expect(before.notes).toHaveLength(1);
    expect(await filesOf(opportunityId)).toEqual([]);
  });

  // The last, for Lever's webhooks are too old after it.
  it('is kept for the whole retention time from then on, though VICTIG leaves its date of completion (A3, R4)', async () => {
    await setUp({ attachReport: false });
    const opportunityId = await place();
    const erasedAt = async (): Promise<unknown> => (await play.order(opportunityId))['erasedAt'];
    const enforce = () => service.part(EnforceRetention).handle();
    await completed(opportunityId, { flagged: false, decision: 'Eligible' });
    // VICTIG's clock stays: what it says of the day it was completed is as long ago.
    service.clock.forward(89 * DAY_MS);
    await completed(opportunityId, { flagged: false, decision: 'Review' });
    service.clock.forward(2 * DAY_MS);
    await enforce();
    expect(await erasedAt()).toBeNull();
    service.clock.forward(89 * DAY_MS);
    await enforce();
    expect(await erasedAt()).not.toBeNull();
  });
});
