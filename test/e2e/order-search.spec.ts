import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminWithRole } from '../support/admin-with-role.js';
import { createInstallation } from '../support/new-installation.js';
import { Play, type SeenAdminOrder, type SeenOrder } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

const ORDERS = '/admin/v1/orders';

interface Page {
  items: SeenAdminOrder[];
  nextCursor: string | null;
}

describe('the search for orders', () => {
  let service: TestService;
  let play: Play;
  let plain: SeenAdminOrder & { opportunityId: string };
  let other: SeenAdminOrder & { opportunityId: string };
  let refused: SeenAdminOrder & { opportunityId: string };
  let atVictig: SeenOrder;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp({ productPrefix: 'Product:', referenceBy: 'tags', referencePrefix: 'Ref:' });
    const place = async (candidate: object, status: string): Promise<typeof plain> => {
      const opportunityId = await play.candidate(candidate);
      const body = { installationId: play.installation.id, opportunityId };
      await service.admin.post(ORDERS).send(body).expect(201);
      await play.untilStatus(opportunityId, status);
      return (await play.order(opportunityId)) as typeof plain;
    };
    plain = await place({ tags: ['Ref: Wanda Maximova'] }, 'Pending');
    other = await place({ tags: ['Product: Criminal Package 2'], phones: ['12'] }, 'Pending');
    refused = await place({ emails: [] }, 'Rejected');
    atVictig = await play.orderAtVictig(plain.opportunityId);
  });
  afterAll(() => service.stop());

  const search = async (query: object, agent = service.admin): Promise<Page> =>
    (await agent.get(ORDERS).query(query).expect(200)).body as Page;
  const pageByPage = async (query: object): Promise<string[]> => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await search({ ...query, limit: 1, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    return seen.toSorted();
  };
  /** The same is found in all installations and in the only one there is, at once and a page at a time. */
  const found = async (query: object): Promise<string[]> => {
    const seen = (await search(query)).items.map(({ id }) => id).toSorted();
    const installationId = play.installation.id.toUpperCase();
    expect((await search({ ...query, installationId })).items.map(({ id }) => id).toSorted()).toEqual(seen);
    expect(await pageByPage({ ...query, installationId })).toEqual(seen);
    return seen;
  };
  const ids = (...orders: { id: string }[]): string[] => orders.map(({ id }) => id).toSorted();

  it('finds by what is known: opportunity or its link, guid, file number, product, version, status', async () => {
    const { opportunityId } = plain;
    for (const query of [
      { opportunityId },
      { opportunityId: `https://hire.lever.co/candidates/${opportunityId}?x=1` },
      { orderGuid: atVictig.orderGuid },
      { fileNumber: String(atVictig.fileNumber) },
      { product: 'Criminal Package 1', status: 'pending' },
    ]) {
      expect(await found(query), JSON.stringify(query)).toEqual(ids(plain));
    }
    expect(await found({ product: 'Criminal Package 2' })).toEqual(ids(other));
    expect(await found({ status: 'rejected' })).toEqual(ids(refused));
    expect(await found({ settingsVersion: 1 })).toEqual(ids(plain, other, refused));
    expect(await found({ settingsVersion: 2 })).toEqual([]);
    expect(await found({ opportunityId, status: 'rejected' })).toEqual([]);
  });

  it('finds by the time an order was opened', async () => {
    const [first, second] = [plain, other].map(({ createdAt }) => String(createdAt));
    expect(await found({ to: second })).toEqual(ids(plain));
    expect(await found({ from: first, to: second })).toEqual(ids(plain));
    expect(await found({ from: second })).toEqual(ids(other, refused));
  });

  it('finds by what an order warns of, wherever it arose', async () => {
    expect(await found({ warning: 'phone_left_out' })).toEqual(ids(other));
    expect(await found({ warning: 'reference_missing' })).toEqual(ids(other));
    expect(await found({ warning: 'tag_not_added' })).toEqual([]);
    await service.database.query(
      `UPDATE orders SET report_warnings = '[{"code": "tag_not_added", "details": ["x"]}]' WHERE id = $1`,
      [plain.id],
    );
    expect(await found({ warning: 'tag_not_added' })).toEqual(ids(plain));
    await service.database.query(
      `UPDATE orders SET quick_app = '{"expiresAt": null, "emailsSent": 1, "textsSent": 0, "remindersSent": 0, "warning": "quick_app_expiring"}' WHERE id = $1`,
      [other.id],
    );
    expect(await found({ warning: 'quick_app_expiring' })).toEqual(ids(other));
  });

  it('finds by words of what may be searched, and by nothing personal (A3)', async () => {
    for (const text of [
      plain.id,
      plain.opportunityId.toUpperCase(),
      atVictig.orderGuid.slice(0, 13),
      `criminal ${atVictig.fileNumber}`,
      `https://hire.lever.co/candidates/${plain.opportunityId}`,
    ]) {
      expect(await found({ text }), text).toEqual(ids(plain));
    }
    expect(await found({ text: 'package 2' })).toEqual(ids(other));
    expect(await found({ text: 'missing_em' })).toEqual(ids(refused));
    expect((await found({ text: 'crim' })).length).toBe(2);
    expect((await service.admin.get(`${ORDERS}/${plain.id}`).expect(200)).body).toMatchObject({
      reference: 'Wanda Maximova',
    });
    for (const text of ['Ana', 'Ruiz', 'ana.ruiz', '226-0134', 'Wanda', 'maximova', "x' | 'crim", '!zzz:*']) {
      expect(await found({ text }), text).toEqual([]);
    }
  });

  it('finds nothing of an installation that a key may not know (A5)', async () => {
    const stranger = await adminWithRole(service, 'viewer', await createInstallation(service));
    for (const query of [{}, { text: 'criminal' }, { fileNumber: String(atVictig.fileNumber) }]) {
      expect((await search(query, stranger)).items).toEqual([]);
    }
  });

  it.each([
    { limit: 0 },
    { limit: 201 },
    { cursor: 'x' },
    { opportunityId: 'Ana Ruiz' },
    { warning: 'rain' },
    { settingsVersion: 'first' },
    { from: 'today' },
    { text: ' ' },
    { text: 'x'.repeat(201) },
    { product: '' },
  ])('refuses %j (P2, F6)', async (query) => {
    expect((await service.admin.get(ORDERS).query(query).expect(400)).body).toMatchObject({
      code: 'invalid_request',
    });
  });

  it('shows each order once while others come and change (P2)', async () => {
    await service.database.query(
      `INSERT INTO orders (installation_id, id, opportunity_id, status, sequence, settings_version, triggered_at,
         created_at, updated_at)
       SELECT $1, gen_random_uuid(), 'many-' || n, 'complete', 1, 1, now(), now(), now()
       FROM generate_series(1, 60) AS n`,
      [play.installation.id],
    );
    const before = new Set(await found({ status: 'complete', limit: 200 }));
    expect(before.size).toBe(60);
    const seen: string[] = [];
    let cursor: string | null = null;
    let newer = 0;
    do {
      const page: Page = await search({ status: 'complete', limit: 7, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      newer += 1;
      // As new ones come, with ids that are later than all before.
      await service.database.query(
        `INSERT INTO orders (installation_id, id, opportunity_id, status, sequence, settings_version, triggered_at,
           created_at, updated_at)
         VALUES ($1, ('ffffffff-ffff-7fff-bfff-' || lpad($2::text, 12, '0'))::uuid, 'new-' || $2, 'complete', 1, 1,
           now(), now(), now())`,
        [play.installation.id, String(newer)],
      );
      await service.database.query('UPDATE orders SET updated_at = now() WHERE id = ANY($1)', [[...before]]);
    } while (cursor);
    expect(seen.toSorted()).toEqual([...before].toSorted());
    expect(newer).toBeGreaterThan(8);
  });
});
