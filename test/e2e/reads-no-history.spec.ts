import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CountingQueries } from '../support/counting-queries.js';
import { Play } from '../support/play.js';
import { rowsReadFor } from '../support/rows-read.js';
import { startTestService, type TestService } from '../support/service.js';
import { untilDone } from '../support/until-done.js';

/** Orders of one installation that have ended, each with its delivery, callback and events. */
const ENDED = 15_000;

/** Of what is kept of them; what a statement may read of it beside what it is about. */
const MOST_ROWS = ENDED / 10;

/** Asked again and again, or while somebody waits: however long the service has run, they are to cost the same. */
describe('what is asked of an installation that has a long history', () => {
  let service: TestService;
  let play: Play;
  let sent: CountingQueries;

  beforeAll(async () => {
    service = await startTestService({ METRICS_FRESH_SECONDS: '1' });
    play = new Play(service);
    await play.setUp();
    for (const statement of history()) await service.database.query(statement, [play.installation.id]);
    await service.database.query('ANALYZE');
    sent = new CountingQueries(service.database);
  });
  afterAll(() => service.stop());

  const path = (what: string): string => `/admin/v1/installations/${play.installation.id}${what}`;
  const pauseAndActivate = async (): Promise<void> => {
    await service.admin.post(path('/pause')).expect(200);
    await service.admin.post(path('/activate')).expect(200);
    await untilDone(service, ['release-waiting']);
  };

  it.each<[string, RegExp, () => PromiseLike<unknown>]>([
    [
      'a scrape of the metrics',
      /FROM (orders|order_events|deliveries)\b/,
      () => service.anyone.get('/metrics'),
    ],
    ['the check', /FROM "?deliveries\b/, () => service.admin.post(path('/check')).expect(200)],
    ['activating it', /FROM "?(orders|deliveries)\b/, pauseAndActivate],
  ])('does not read it: %s', async (_what, ofHistory, ask) => {
    sent.takeThose(/./);
    await ask();
    const asked = sent.takeThose(ofHistory).filter(({ text }) => /^\s*(SELECT|WITH)\b/.test(text));
    expect(asked).not.toHaveLength(0);
    for (const query of asked) {
      expect(await rowsReadFor(service.database, query), query.text).toBeLessThan(MOST_ROWS);
    }
  });
});

/** A warning, or a report that waited for Lever, is left of one in ten; nothing of it is to be done any more. */
function history(): string[] {
  const rows = `generate_series(1, ${ENDED}) AS n, LATERAL (SELECT now() - n * interval '10 minutes' AS t) AS made`;
  const id = (of: string): string => `md5(${of} || n)::uuid`;
  return [
    `INSERT INTO orders (installation_id, id, opportunity_id, status, sequence, settings_version, triggered_at,
       client_guid, provider_order_guid, raw_status, ordered_at, completed_at, shown_tags, created_at, news_at, updated_at,
       ended_at, report_warnings)
     SELECT $1, ${id(`'order'`)}, ${id(`'opportunity'`)}::text, 'complete', 3, 1, t, 'client', ${id(`'guid'`)}::text, 'complete', t, t,
       '{}', t, t, t, t,
       CASE WHEN n % 10 = 0 THEN '[{"code": "tag_not_added", "details": ["Flag: True"]}]'::jsonb ELSE '[]' END
     FROM ${rows}`,
    `INSERT INTO order_events (installation_id, order_id, sequence, at, kind, data)
     SELECT $1, ${id(`'order'`)}, k, t, (ARRAY['opened', 'placed', 'submit_not_received'])[k], '{}'
     FROM ${rows}, generate_series(1, 3) AS k`,
    `INSERT INTO deliveries (installation_id, id, source, dedupe_key, event, facts, triggered_at, received_at, outcome, order_id)
     SELECT $1, ${id(`'delivery' || source`)}, source, md5('key' || n), 'candidateStageChange', '{}', t, t, 'acted_on',
       ${id(`'order'`)}
     FROM ${rows}, unnest(ARRAY['lever', 'victig']) AS source`,
  ];
}
