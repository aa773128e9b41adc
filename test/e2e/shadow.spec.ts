import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyText } from '../support/any-text.js';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

interface SeenOutcome {
  order: { product: { name: string } } | null;
  refusals: string[];
}

interface SeenShadow {
  examined: number;
  skipped: { opportunityId: string; reason: string }[];
  differs: { opportunityId: string; orderId: string; present: SeenOutcome; proposed: SeenOutcome }[];
  truncated: boolean;
  nextCursor: string | null;
}

describe('a shadow of proposed settings (M12)', () => {
  let service: TestService;
  let play: Play;
  /** In the order in which they were moved into the stage. */
  let plain: string;
  let tagged: string;
  let noEmail: string;
  let unknown: string;
  let all: string[];

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
    plain = await play.candidate();
    tagged = await play.candidate({ tags: ['Package: Criminal Package 2'] });
    noEmail = await play.candidate({ emails: [] });
    unknown = await play.candidate({ tags: ['Product: Nonsense'] });
    all = [plain, tagged, noEmail, unknown];
    for (const id of all) {
      await play.move(id);
      await play.untilStatus(id, id === noEmail || id === unknown ? 'Rejected' : 'Pending');
    }
  });
  afterAll(() => service.stop());

  const path = (): string => `/admin/v1/installations/${play.installation.id}/shadow`;

  const shadow = async (settings: object, more: object = {}): Promise<SeenShadow> => {
    const answer = await service.admin
      .post(path())
      .send({ settings, ...more })
      .expect(200);
    return answer.body as SeenShadow;
  };

  const differing = ({ differs }: SeenShadow): string[] => differs.map(({ opportunityId }) => opportunityId);

  it('lists nothing when nothing would differ', async () => {
    const nothing = { examined: 4, skipped: [], differs: [], truncated: false, nextCursor: null };
    expect(await shadow({})).toEqual(nothing);
    expect(await shadow({ statusPrefix: 'Check:', holdSeconds: 60 })).toEqual(nothing);
  });

  it('lists only what would be ordered or refused differently, both sides, latest first', async () => {
    const { differs, examined } = await shadow({ productPrefix: 'Package:' });
    expect(examined).toBe(4);
    const side = (name: string): object => ({
      product: { guid: anyText, name },
      client: { guid: anyText, name: anyText },
      reference: null,
      textingEnabled: false,
      notifyApplicant: true,
    });
    const found = { deliveryId: anyText, receivedAt: anyText, orderId: anyText };
    expect(differs).toEqual([
      {
        ...found,
        opportunityId: unknown,
        present: { order: null, refusals: ['unknown_product'] },
        proposed: { order: side('Criminal Package 1'), refusals: [] },
      },
      {
        ...found,
        opportunityId: tagged,
        present: { order: side('Criminal Package 1'), refusals: [] },
        proposed: { order: side('Criminal Package 2'), refusals: [] },
      },
    ]);
    expect(differs[1]?.orderId).toBe((await play.order(tagged)).id);
  });

  it('lists what would be refused anew', async () => {
    const { differs } = await shadow({ defaultProduct: 'Gone' });
    expect(differs.map(({ opportunityId, proposed }) => [opportunityId, proposed.refusals])).toEqual([
      [noEmail, ['default_product_missing', 'missing_email']],
      [tagged, ['default_product_missing']],
      [plain, ['default_product_missing']],
    ]);
  });

  it('shows nothing personal', async () => {
    const seen = JSON.stringify(await shadow({ defaultProduct: 'Criminal Package 2' }));
    expect(seen).not.toMatch(/Ana|Ruiz|@|226-0134/);
  });

  it('writes nothing anywhere: not at Lever, not at VICTIG, not here', async () => {
    const writes = async (): Promise<string[]> => {
      const calls = await play.drive<{ operation: string }[]>('GET', '/calls');
      return calls.map(({ operation }) => operation).filter((operation) => !operation.startsWith('GET'));
    };
    const kept = (): Promise<unknown[]> =>
      service.database
        .query(`SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_events) AS events,
        (SELECT count(*) FROM audit_entries) AS audited, (SELECT count(*) FROM installation_versions) AS versions`);
    const before = [await writes(), await kept()];
    await shadow({ defaultProduct: 'Criminal Package 2', subClientBy: 'clientName' });
    expect([await writes(), await kept()]).toEqual(before);
  });

  it('reads what VICTIG lists once, however many are mapped', async () => {
    const reads = async (): Promise<number> => {
      const calls = await play.drive<{ operation: string }[]>('GET', '/calls');
      return calls.filter(({ operation }) => /products/i.test(operation)).length;
    };
    const before = await reads();
    await shadow({ defaultProduct: 'Gone' });
    expect((await reads()) - before).toBeLessThanOrEqual(1);
  });

  it('looks at the latest first and goes on from a cursor', async () => {
    const first = await shadow({ defaultProduct: 'Gone', productMismatch: 'default' }, { limit: 3 });
    expect(differing(first)).toEqual([unknown, noEmail, tagged]);
    expect(first).toMatchObject({ examined: 3, truncated: false, nextCursor: anyText });
    const second = await shadow({ defaultProduct: 'Gone' }, { limit: 3, cursor: first.nextCursor });
    expect(second).toMatchObject({ examined: 1, nextCursor: null });
    expect(differing(second)).toEqual([plain]);
  });

  it('lists what can no longer be read as skipped, and goes on', async () => {
    const gone = await play.candidate();
    await play.move(gone);
    await play.untilStatus(gone, 'Pending');
    await play.drive('PATCH', `/lever/opportunities/${gone}`, { isAnonymized: true });
    const { examined, skipped, truncated } = await shadow({ defaultProduct: 'Gone' });
    expect(skipped).toMatchObject([{ opportunityId: gone, reason: 'candidate_anonymized' }]);
    expect(examined).toBe(4);
    expect(truncated).toBe(false);
  });

  it('skips one that a vendor fails on, and answers 502 when all fail', async () => {
    await play.drive('POST', '/faults', { vendor: 'lever', kind: 'status', status: 503, times: 1 });
    const once = await shadow({});
    expect(once.skipped.map(({ reason }) => reason)).toContain('vendor_failed');
    expect(once.examined).toBeGreaterThanOrEqual(3);
    await play.drive('POST', '/faults', { vendor: 'lever', kind: 'status', status: 503, times: 20 });
    const answer = await service.admin.post(path()).send({ settings: {} }).expect(502);
    expect(answer.body).toMatchObject({ code: 'vendor_failed' });
    await play.drive('DELETE', '/faults');
  });

  it('looks at a hundred of the latest deliveries unless told otherwise, and at a thousand at most', async () => {
    const { id } = await play.order(plain);
    await service.database.query(
      `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, order_id)
       SELECT installation_id, gen_random_uuid(), source, dedupe_key || n, event, facts, triggered_at, received_at, outcome, order_id
       FROM deliveries, generate_series(1, 995) AS n WHERE order_id = $1 AND source = 'lever'`,
      [id],
    );
    const [older] = await service.database.query<{ id: string }[]>(
      `SELECT id FROM deliveries WHERE source = 'lever' AND outcome = 'acted_on' ORDER BY id DESC OFFSET 99 LIMIT 1`,
    );
    expect((await shadow({})).nextCursor).toBe(older?.id);
    expect(await shadow({}, { limit: 1_000 })).toMatchObject({ nextCursor: null });
  });

  it.each([
    ['no settings', {}],
    ['settings that are null', { settings: null }],
    ['a limit of none', { settings: {}, limit: 0 }],
    ['a limit that cannot be made a number (F6)', { settings: {}, limit: { toString: [] } }],
    ['a limit over a thousand', { settings: {}, limit: 1_001 }],
    ['a cursor that is none', { settings: {}, cursor: 'x' }],
    ['settings that saving would refuse', { settings: { productPrefix: '' } }],
  ])('refuses %s with 400', async (_name, body) => {
    await service.admin.post(path()).send(body).expect(400);
  });

  it('is not there for an installation that is not there', async () => {
    const nowhere = `/admin/v1/installations/${randomUUID()}/shadow`;
    await service.admin.post(nowhere).send({ settings: {} }).expect(404);
  });
});
