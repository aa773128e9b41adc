import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderRow } from '../../src/orders/order.entity.js';
import { OrderVault } from '../../src/orders/order-vault.js';
import { eventually } from '../support/eventually.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

/** What a report may hold and nobody but a reader of the report may see. */
const PRIVATE = {
  ssn: '111-22-3333',
  maskedSsn: 'XXX-XX-3333',
  dateOfBirth: '1992-10-22',
  address: '12 Elm Street',
  charge: 'GRAND THEFT AUTO',
  caseNumber: 'CR-2020-0042',
  totalCharges: '91.35',
  alias: 'RUIZNIKOV',
  keyedLink: 'interchangeview/?a=very-secret-key',
  notes: 'applicant admitted to it',
};

/** Everywhere that VICTIG could put it. */
const ADDITIONS = {
  detail: {
    ssn: PRIVATE.ssn,
    applicantDateOfBirth: PRIVATE.dateOfBirth,
    applicantAddress: { streetOne: PRIVATE.address },
    totalChargesText: PRIVATE.totalCharges,
    aliases: [PRIVATE.alias],
    orderNotes: PRIVATE.notes,
    reportUrl: `https://victig.example/send/${PRIVATE.keyedLink}`,
  },
  search: {
    displayValue: `${PRIVATE.alias} ${PRIVATE.maskedSsn} ${PRIVATE.dateOfBirth}`,
    searchNotes: PRIVATE.notes,
    results: {
      addressInfos: [{ streetOne: PRIVATE.address }],
      records: [
        {
          subject: { fullName: PRIVATE.alias, dateOfBirth: PRIVATE.dateOfBirth, ssn: PRIVATE.ssn },
          caseNumber: PRIVATE.caseNumber,
          offenses: [{ description: PRIVATE.charge }],
        },
      ],
    },
  },
};

describe('a report full of personal data', () => {
  let service: TestService;
  let play: Play;
  const logged: unknown[] = [];

  beforeAll(async () => {
    service = await startTestService({ ERROR_AFTER_SECONDS: '0' });
    const keep = (...said: unknown[]): void => void logged.push(said);
    Logger.overrideLogger({ log: keep, warn: keep, error: keep, debug: keep, verbose: keep, fatal: keep });
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  /** Every row of every table of ours and of the queue, bytes as text too. */
  const wholeDatabase = async (): Promise<string> => {
    const tables = await service.database.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const rows: unknown[] = [];
    for (const { name } of tables) rows.push(await service.database.query(`SELECT * FROM ${name}`));
    return JSON.stringify(rows, (_key, value: unknown) =>
      isBytes(value) ? Buffer.from(value.data).toString('latin1') : value,
    );
  };

  it('leaves nothing of it in notes, tags, logs, tables, errors or answers, sealed or not (R1, A4)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const order = await play.orderAtVictig(opportunityId);
    await play.drive('POST', `/victig/orders/${order.orderGuid}/additions`, ADDITIONS);
    // Refusals and failures may quote what they are about.
    const quoting = { code: 'VALIDATION_EXCEPTION', message: Object.values(PRIVATE).join(' ') };
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { method: 'GET', path: '/searches$' },
      kind: 'status',
      status: 400,
      body: quoting,
      times: 1,
    });
    await play.drive('POST', `/victig/orders/${order.orderGuid}/complete`, {
      flagged: true,
      decision: 'Eligible',
      searches: [{ displayName: 'County Criminal', status: 'complete', result: 'yes' }],
    });
    const seen = await play.untilStatus(opportunityId, 'Complete');
    expect(seen.notes[0]?.fields[0]?.value).toContain('County Criminal');

    const shown = await play.order(opportunityId);
    const row = await service.database.manager.findOneByOrFail(OrderRow, { id: shown.id });
    const sealed = await service.part(OrderVault).results(row);
    expect(sealed?.report.searches).toEqual([{ name: 'County Criminal', status: 'complete' }]);
    await eventually(() => expect(logged.length).toBeGreaterThan(0));
    const places = {
      lever: JSON.stringify(seen),
      order: JSON.stringify(shown),
      timeline: JSON.stringify(await play.timeline(shown.id)),
      sealed: JSON.stringify(sealed),
      database: await wholeDatabase(),
      logs: JSON.stringify(logged, (_key, value: unknown) =>
        value instanceof Error ? [value.message, value.stack] : value,
      ),
      metrics: (await service.anyone.get('/metrics')).text,
    };
    expect(places.database).toContain(shown.id);
    for (const [place, text] of Object.entries(places)) {
      for (const [what, secret] of Object.entries({ ...PRIVATE, reportKey: order.reportKey })) {
        expect(text.includes(secret), `${what} in ${place}`).toBe(false);
      }
    }
    // Of the personal data that we ourselves sent, the open text of the database holds none either.
    expect(places.database).not.toContain('Ruiz');
    expect(places.logs).not.toContain('Ruiz');
  }, 90_000);

  it('tells nowhere what was typed into the decision beside it (R1, R3, A3)', async () => {
    const opportunityId = await play.candidate();
    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const { orderGuid } = await play.orderAtVictig(opportunityId);
    const decision = `Review ${PRIVATE.ssn} https://victig.example/send/${PRIVATE.keyedLink}`;
    await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true, decision });
    const seen = await play.untilStatus(opportunityId, 'Complete');
    const told = 'Decision: Review [number left out] [link left out]';
    expect(seen.tags).toContain(told);
    expect(seen.notes[0]?.fields[0]?.value).toContain(`\n${told}\n`);
    const { id } = await play.order(opportunityId);
    const places = [seen, await play.order(opportunityId), await play.timeline(id), await wholeDatabase()];
    for (const secret of [PRIVATE.ssn, PRIVATE.keyedLink]) {
      expect(JSON.stringify(places).includes(secret)).toBe(false);
    }
    // Read again, nothing of it is news.
    await service.admin.post(`/admin/v1/orders/${id}/refresh`).send({}).expect(200);
    await play.untilAllRead();
    expect((await play.opportunity(opportunityId)).notes).toHaveLength(1);
  });
});

const isBytes = (value: unknown): value is { type: 'Buffer'; data: number[] } =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  value.type === 'Buffer' &&
  'data' in value;
