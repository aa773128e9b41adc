import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { adminWithRole } from '../support/admin-with-role.js';
import { createInstallation } from '../support/new-installation.js';
import { OTHER_STAGE, Play, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface SeenPreview {
  order: Record<string, unknown> | null;
  values: { field: string; value: unknown; source: string; reason: string }[];
  warnings: { code: string; message: string }[];
  refusals: { code: string; message: string }[];
}

describe('a preview (M12)', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ referenceBy: 'jobTitle' });
  });
  afterAll(() => service.stop());

  const preview = async (body: object): Promise<SeenPreview> => {
    const path = `/admin/v1/installations/${play.installation.id}/preview`;
    const answer = await service.admin.post(path).send(body).expect(200);
    return answer.body as SeenPreview;
  };

  it('shows for an opportunity what is then ordered, with a reason for each value', async () => {
    const opportunityId = await play.candidate({ tags: ['Product: Criminal Package 2'] });
    const before = await preview({ opportunityId });
    expect(before.warnings.map(({ code }) => code)).toContain('not_in_trigger_stage');
    expect(before.order).toMatchObject({
      product: { name: 'Criminal Package 2' },
      client: { guid: SEED.victig.clients.main },
      reference: 'Support Lead',
      applicant: { firstName: 'Ana', middleName: 'María', lastName: 'Ruiz' },
    });
    expect(before.values.every(({ source, reason }) => source !== '' && reason !== '')).toBe(true);
    expect(before.values.find(({ field }) => field === 'product')).toMatchObject({
      value: 'Criminal Package 2',
      source: 'tag',
    });

    await play.move(opportunityId);
    await play.untilStatus(opportunityId, 'Pending');
    const ordered = await play.orderAtVictig(opportunityId);
    expect(ordered.productName).toBe('Criminal Package 2');
    expect(ordered.received.order['generalReportReference']).toBe('Support Lead');
  });

  it('shows the very text of the refusal that the recruiter would read', async () => {
    const opportunityId = await play.candidate({ emails: [], stageId: TRIGGER_STAGE });
    const { order, refusals, warnings } = await preview({ opportunityId });
    expect(order).toBeNull();
    expect(warnings).toEqual([]);
    expect(refusals).toEqual([
      {
        code: 'missing_email',
        message:
          'Background check not ordered: the opportunity has no email address. Add one, then move the candidate out of and back into the stage.',
      },
    ]);
  });

  it('says what stands in the way of an opportunity that is not there, archived or anonymized', async () => {
    const archived = await play.candidate({ stageId: OTHER_STAGE });
    await play.drive('POST', `/lever/opportunities/${archived}/archive`, {
      reason: SEED.lever.archiveReasons.withdrew,
    });
    const anonymized = await play.candidate({ isAnonymized: true });
    expect((await preview({ opportunityId: 'nobody' })).refusals).toMatchObject([
      { code: 'opportunity_not_found' },
    ]);
    expect((await preview({ opportunityId: archived })).warnings).toMatchObject([{ code: 'archived' }]);
    expect((await preview({ opportunityId: anonymized })).refusals).toMatchObject([
      { code: 'candidate_anonymized' },
    ]);
  });

  it('says what the page "How an order is decided" says of what stands in the way', async () => {
    const archived = await play.candidate({ stageId: OTHER_STAGE });
    const elsewhere = await play.candidate({ stageId: OTHER_STAGE });
    await play.drive('POST', `/lever/opportunities/${archived}/archive`, {
      reason: SEED.lever.archiveReasons.withdrew,
    });
    const said = [
      ...(await preview({ opportunityId: archived })).warnings,
      ...(await preview({ opportunityId: elsewhere })).warnings,
      ...(await preview({ opportunityId: 'nobody' })).refusals,
    ];
    const page = await readFile('docs/how-an-order-is-decided.md', 'utf8');
    const section = page.split('\n## Reading a preview\n')[1]?.split('\n## ')[0] ?? '';
    const told = [...section.matchAll(/^- `(\w+)`: (.*)$/gm)].map(([, code, message]) => ({ code, message }));
    expect(said).toEqual(told);
  });

  it('says whether the location is that of the opportunity or of the posting (M4)', async () => {
    const settings = { subClientBy: 'clientName' };
    const opportunityId = await play.candidate({ opportunityLocation: 'Nowhere' });
    const { values } = await preview({ opportunityId, settings });
    expect(values.find(({ field }) => field === 'jobLocation')).toMatchObject({
      value: 'Nowhere',
      source: 'opportunity.location',
    });
    const unspecified = await play.candidate({ opportunityLocation: 'unspecified' });
    const byPosting = (await preview({ opportunityId: unspecified, settings })).values;
    expect(byPosting.find(({ field }) => field === 'jobLocation')).toMatchObject({
      source: 'posting.location',
    });
  });

  it('takes a candidate written by hand', async () => {
    const { order } = await preview({
      candidate: { name: 'Ruiz, Ana', emails: ['ana@example.com'], tags: ['Product: Criminal Package 2'] },
    });
    expect(order).toMatchObject({
      product: { name: 'Criminal Package 2' },
      applicant: { firstName: 'Ana', lastName: 'Ruiz', email: 'ana@example.com', phone: null },
    });
  });

  it('shows what a change of the settings would order, without saving it', async () => {
    const opportunityId = await play.candidate({ tags: ['Package – Criminal Package 2'] });
    const settings = { productPrefix: 'Package – ', quickApp: { email: true, text: true } };
    const proposed = await preview({ opportunityId, settings });
    expect(proposed.order).toMatchObject({
      product: { name: 'Criminal Package 2' },
      reference: 'Support Lead',
      applicant: { textingEnabled: true },
    });
    expect((await preview({ opportunityId })).order).toMatchObject({
      product: { name: 'Criminal Package 1' },
      applicant: { textingEnabled: false },
    });
    const read = await service.admin.get(`/admin/v1/installations/${play.installation.id}`).expect(200);
    expect(read.body).toMatchObject({ settingsVersion: 1, settings: { productPrefix: 'Product:' } });
  });

  it('refuses settings that saving would refuse, with every fault (M11, R5)', async () => {
    const answer = await service.admin
      .post(`/admin/v1/installations/${play.installation.id}/preview`)
      .send({
        candidate: { name: 'Ana Ruiz', emails: [] },
        settings: { productPrefix: 'Flag:', holdSeconds: -1, colour: 'red', attachReport: true },
      })
      .expect(400);
    const problem = answer.body as { code: string; errors: { path: string }[] };
    expect(problem.code).toBe('invalid_settings');
    expect(problem.errors.map(({ path }) => path).toSorted()).toEqual([
      'settings.attachReport',
      'settings.colour',
      'settings.flag.prefix',
      'settings.holdSeconds',
    ]);
  });

  it('is for those who place orders, and for their own installation alone (A5)', async () => {
    const path = `/admin/v1/installations/${play.installation.id}`;
    const candidate = { name: 'Ana Ruiz', emails: ['ana@example.com'] };
    for (const role of ['viewer', 'auditor'] as const) {
      const caller = await adminWithRole(service, role);
      await caller.post(`${path}/preview`).send({ candidate }).expect(403);
      await caller.post(`${path}/shadow`).send({ settings: {} }).expect(403);
    }
    const operator = await adminWithRole(service, 'operator');
    await operator.post(`${path}/preview`).send({ candidate }).expect(200);
    await operator.post(`${path}/shadow`).send({ settings: {} }).expect(200);
    const elsewhere = await new Play(service).setUp();
    const foreigner = await adminWithRole(service, 'operator', elsewhere.id);
    await foreigner.post(`${path}/preview`).send({ candidate }).expect(404);
    await foreigner.post(`${path}/shadow`).send({ settings: {} }).expect(404);
  });

  it('has no effect at Lever or VICTIG, nor here', async () => {
    const opportunityId = await play.candidate();
    const writes = async (): Promise<string[]> => {
      const calls = await play.drive<{ operation: string }[]>('GET', '/calls');
      return calls.map(({ operation }) => operation).filter((operation) => !operation.startsWith('GET'));
    };
    const kept = (): Promise<unknown[]> =>
      service.database
        .query(`SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_events) AS events,
        (SELECT count(*) FROM audit_entries) AS audited, (SELECT count(*) FROM installation_versions) AS versions`);
    const before = await writes();
    const keptBefore = await kept();
    await preview({ opportunityId });
    await preview({ opportunityId, settings: { subClientBy: 'clientName', productPrefix: null } });
    await preview({ candidate: { name: 'Ana Ruiz', emails: [] } });
    expect(await writes()).toEqual(before);
    expect(before).not.toEqual([]);
    expect(await kept()).toEqual(keptBefore);
    expect(await play.ordersAtVictig(opportunityId)).toEqual([]);
  });

  it.each([
    ['nothing', {}],
    ['both', { opportunityId: 'x', candidate: { name: 'A B', emails: [] } }],
    ['an opportunity id that is a path', { opportunityId: '../users' }],
    ['a candidate without emails', { candidate: { name: 'A B' } }],
    ['settings that are a list', { opportunityId: 'x', settings: [] }],
    ['settings that are null', { opportunityId: 'x', settings: null }],
    ['an unknown field', { opportunityId: 'x', colour: 'red' }],
  ])('refuses %s with 400', async (_name, body) => {
    const path = `/admin/v1/installations/${play.installation.id}/preview`;
    await service.admin.post(path).send(body).expect(400);
  });

  it('answers 409 when the installation is not connected', async () => {
    const id = await createInstallation(service);
    const answer = await service.admin
      .post(`/admin/v1/installations/${id}/preview`)
      .send({ opportunityId: 'x' })
      .expect(409);
    expect(answer.body).toMatchObject({ code: 'not_connected' });
  });

  it('answers 502 when a vendor fails', async () => {
    await play.drive('POST', '/faults', { vendor: 'lever', kind: 'status', status: 503, times: 1 });
    const path = `/admin/v1/installations/${play.installation.id}/preview`;
    const answer = await service.admin.post(path).send({ opportunityId: 'x' }).expect(502);
    expect(answer.body).toMatchObject({ code: 'vendor_failed' });
  });
});
