import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { anyText } from '../support/any-text.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

describe('a background check from stage to result', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ referenceBy: 'jobTitle' });
  });
  afterAll(() => service.stop());

  it('is ordered, followed and shown, as the README says (S1, R1, R2, R3, R4)', async () => {
    const opportunityId = await play.candidate({ emails: ['ana.ruiz@example.com'] });
    const foreignTags = (await play.opportunity(opportunityId)).tags;

    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    expect(order.clientGuid).toBe(SEED.victig.clients.main);
    expect(order.received.applicant).toEqual([
      {
        firstName: 'Ana',
        middleName: 'María',
        lastName: 'Ruiz',
        email: 'ana.ruiz@example.com',
        phoneNumber: '(415) 226-0134',
        textingEnabled: false,
        proposedPosition: 'Support Lead',
        jobLocation: anyText,
      },
    ]);
    expect(order.received.order).toEqual({
      applicantGuid: anyText,
      clientProductGuid: SEED.victig.products.criminalPackage1,
      useQuickApp: true,
      quickappNotifyApplicants: true,
      certifyPermissiblePurpose: true,
      externalIdentifier: (await play.order(opportunityId)).id,
      generalReportReference: 'Support Lead',
    });

    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await play.untilStatus(opportunityId, 'In Progress');

    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, {
      flagged: true,
      decision: 'Eligible',
    });
    const done = await play.untilStatus(opportunityId, 'Complete');

    expect(done.tags.toSorted()).toEqual(
      [...foreignTags, 'Background Check Status: Complete', 'Flag: True', 'Decision: Eligible'].toSorted(),
    );
    expect(done.notes).toHaveLength(1);
    const [note] = done.notes;
    expect(note?.secret).toBe(true);
    const text = note?.fields[0]?.value ?? '';
    expect(text).toContain('Criminal Package 1');
    expect(text).toContain(String(order.fileNumber));
    expect(text).toContain('viewReport');
    expect(text).toContain('Eligible');

    const shown = await play.order(opportunityId);
    expect(shown).toMatchObject({
      status: 'complete',
      flagged: true,
      decision: 'Eligible',
      product: { name: 'Criminal Package 1', guid: SEED.victig.products.criminalPackage1 },
      reference: 'Support Lead',
      settingsVersion: 1,
      victig: { orderGuid: order.orderGuid, fileNumber: String(order.fileNumber), status: 'complete' },
    });

    // The keyed link of the report is nowhere: not in Lever, not in the API, not in the database.
    const everything = JSON.stringify([
      done,
      shown,
      await play.timeline(shown.id),
      await wholeDatabase(service),
    ]);
    expect(everything).toContain('Background Check Status: Complete');
    expect(everything).not.toContain(order.reportKey);
    expect(everything).not.toContain('interchangeview');
  });

  it('tells its story in order, without personal data', async () => {
    const opportunityId = await play.candidate({ emails: ['very.private@example.com'] });
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { id } = await play.order(opportunityId);
    const entries = await eventually(async () => {
      const story = await play.timeline(id);
      expect(story.map(({ kind }) => kind)).toContain('tags_set');
      return story;
    });
    // VICTIG's own callbacks arrive when they like, the invitation is read when there is a turn; calls are told elsewhere.
    const kinds = entries
      .map(({ kind }) => kind)
      .filter((kind, index) => !['delivery', 'quick_app', 'call'].includes(kind) || index === 0);
    expect(kinds).toEqual([
      'delivery',
      'opened',
      'mapped',
      'applicant_created',
      'submit_started',
      'placed',
      'tags_set',
    ]);
    const written = JSON.stringify([entries, await wholeDatabase(service)]);
    expect(written).not.toContain('very.private@example.com');
    expect(written).not.toContain('Ruiz');
  });

  it('shows a report that was reopened and changed by new tags and one more note (R4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, { flagged: false });
    const first = await play.untilStatus(opportunityId, 'Complete');
    expect(first.tags).toContain('Flag: False');
    expect(first.tags.filter((tag) => tag.startsWith('Decision:'))).toEqual([]);

    await play.drive('POST', `/victig/orders/${order.orderGuid}/reopen`);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, {
      flagged: true,
      decision: 'Review',
    });
    const second = await eventually(async () => {
      const seen = await play.opportunity(opportunityId);
      expect(seen.tags).toContain('Flag: True');
      expect(seen.tags).not.toContain('Flag: False');
      return seen;
    });
    expect(second.tags).toContain('Decision: Review');
    expect(second.tags).toContain('Background Check Status: Complete');
    expect(second.notes).toHaveLength(2);
    expect(second.notes.every(({ secret }) => secret)).toBe(true);
  });

  it('never archives, rejects or moves a candidate, whatever the report says (S5)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, {
      flagged: true,
      decision: 'Ineligible',
    });
    await play.untilStatus(opportunityId, 'Complete');
    const calls = await play.drive<{ operation: string }[]>('GET', '/calls?vendor=lever');
    const writes = new Set(
      calls.map(({ operation }) => operation).filter((operation) => !operation.startsWith('GET')),
    );
    expect([...writes].every((operation) => /(addTags|removeTags|notes)/.test(operation))).toBe(true);
  });
});

/** Every row of every table of ours, and of the queue. */
async function wholeDatabase({ database }: TestService): Promise<unknown[]> {
  const tables = await database.query<{ name: string }[]>(
    `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
     WHERE schemaname IN ('public', 'pgboss')`,
  );
  const rows: unknown[] = [];
  for (const { name } of tables) rows.push(await database.query(`SELECT row_to_json(t) FROM ${name} t`));
  return rows;
}
