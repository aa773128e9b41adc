import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEED } from '../../sandbox/seed.ts';
import { eventually } from '../support/eventually.js';
import { startOtlpReceiver, type OtlpReceiver, type SeenSpan } from '../support/otlp-receiver.js';
import { leverWebhook, Play, SIGNATURE_TOKEN, TRIGGER_STAGE } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

let people = 0;
/** Each with an address of their own, by which the sandbox tells their orders apart. */
const person = () => ({
  name: 'Zebulon Quartermain',
  emails: [`zebulon.quartermain+${++people}@personal.example`],
  phones: ['(415) 226-0199'],
});
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** What each attribute may look like; one that is not here may not be told at all. */
const FACTS: Record<string, RegExp> = {
  'installation.id': ID,
  'order.id': ID,
  'job.id': ID,
  'job.name': /^[a-z-]+$/,
  'job.attempt': /^\d+$/,
  'http.request.method': /^[A-Z]+$/,
  'http.route': /^(\/(:?[A-Za-z\d_-]+))+$/,
  'http.response.status_code': /^\d{3}$/,
  'error.type': /^\w+$/,
  vendor: /^(Lever|VICTIG)$/,
};

const factsOf = ({ attributes }: SeenSpan): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

/** From the delivery to the last tag. */
async function wholeLife(play: Play): Promise<string> {
  const id = await play.candidate(person());
  await play.move(id);
  await play.untilStatus(id, 'Pending');
  const { orderGuid } = await play.orderAtVictig(id);
  await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`, {});
  await play.untilStatus(id, 'In Progress');
  await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: true });
  await play.untilStatus(id, 'Complete');
  return (await play.order(id)).id;
}

describe('traces', () => {
  let collector: OtlpReceiver;
  let service: TestService;
  let play: Play;
  let orderId: string;
  const logged: string[] = [];
  beforeAll(async () => {
    collector = await startOtlpReceiver();
    service = await startTestService(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=acme%20inc',
        OTEL_SERVICE_NAME: 'checks',
        LOG_LEVEL: 'info',
      },
      logged,
    );
    play = new Play(service);
    await play.setUp();
    orderId = await wholeLife(play);
  });
  afterAll(async () => {
    await service.stop();
    await collector.stop();
  });

  /** The spans of the trace in which the order was opened, once the last of them has come. */
  const storyOf = (id: string): Promise<SeenSpan[]> =>
    eventually(() => {
      const placed = collector.spans.find(
        (span) => span.name === 'place-order' && factsOf(span)['order.id'] === id,
      );
      expect(placed).toBeDefined();
      const story = collector.spans.filter(({ traceId }) => traceId === placed?.traceId);
      expect(story.filter(({ name }) => name === 'report-progress').length).toBeGreaterThanOrEqual(3);
      // What has a parent ends before it, and may be sent before it.
      const ids = new Set(story.map(({ spanId }) => spanId));
      for (const { name, parentSpanId } of story) if (parentSpanId) expect(ids, name).toContain(parentSpanId);
      return story;
    });
  const named = (spans: SeenSpan[], name: string): SeenSpan[] => spans.filter((span) => span.name === name);

  it('are one from the delivery at the door to the last tag, across the queue and over callbacks', async () => {
    const story = await storyOf(orderId);
    const [door] = named(story, 'POST /webhooks/lever/:installationId');
    expect(door?.parentSpanId ?? '').toBe('');
    expect(factsOf(door as SeenSpan)['http.response.status_code']).toBe('200');
    const [place] = named(story, 'place-order');
    expect(place?.parentSpanId).toBe(door?.spanId);

    // Each but the door has its parent in the same trace: nothing hangs in the air.
    const ids = new Set(story.map(({ spanId }) => spanId));
    for (const span of story) {
      if (span !== door) expect(ids, span.name).toContain(span.parentSpanId);
    }
    // The tag of each status, set within a job of the order.
    const reports = new Set(named(story, 'report-progress').map(({ spanId }) => spanId));
    const tags = named(story, 'Lever POST /opportunities/:id/addTags');
    expect(tags.filter(({ parentSpanId }) => reports.has(parentSpanId ?? '')).length).toBeGreaterThanOrEqual(
      3,
    );
    expect(named(story, 'VICTIG POST /clients/:client/applicants')).toHaveLength(1);
  });

  it('link what a callback led to with the callback', async () => {
    const story = await storyOf(orderId);
    const callbacks = named(collector.spans, 'take-callback');
    const links = named(story, 'refresh-order').flatMap((span) => span.links);
    expect(links.length).toBeGreaterThan(0);
    const callbackIds = callbacks.map(({ spanId }) => spanId);
    for (const { spanId } of links) expect(callbackIds).toContain(spanId);
    const doors = named(collector.spans, 'POST /webhooks/victig').map(({ traceId }) => traceId);
    for (const { traceId } of callbacks) expect(doors).toContain(traceId);
  });

  it('come as the standard variables say', async () => {
    await storyOf(orderId);
    expect(collector.raw[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'acme inc' } });
    expect(collector.raw[0]?.body).toContain('"checks"');
  });

  it('tell ids, codes and routes, and nothing of anybody (A4)', async () => {
    // What fails tells more than what goes well, and libraries say why in words.
    await play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 500, times: 3 });
    await service.anyone.post('/webhooks/lever/someone@personal.example').send({}).expect(401);
    await play.knock(leverWebhook({}, 'another token')).expect(401);
    const second = await wholeLife(play);
    const story = await storyOf(second);
    expect(story.some((span) => factsOf(span)['error.type'] === 'unavailable')).toBe(true);
    expect(story.every(({ status }) => !('message' in (status ?? {})))).toBe(true);

    for (const span of collector.spans) {
      for (const [fact, value] of Object.entries(factsOf(span))) {
        expect(Object.keys(FACTS), `${fact} of ${span.name}`).toContain(fact);
        expect(value, `${fact} of ${span.name}`).toMatch(FACTS[fact] ?? /^$/);
      }
      expect(span['events'] ?? []).toEqual([]);
    }
    const all = collector.raw.map(({ body }) => body).join('\n');
    const secrets = [SEED.lever.apiKey, SIGNATURE_TOKEN, 'demo-victig-token', 'another token'];
    const personal = ['Zebulon', 'Quartermain', 'personal.example', '2260199', '226-0199', 'reportKey'];
    for (const text of [...secrets, ...personal]) expect(all).not.toContain(text);
  });

  it('are named in the log, whose lines join up by request, job and order', async () => {
    await play.drive('POST', '/faults', { vendor: 'victig', kind: 'status', status: 503, times: 1 });
    const id = await play.candidate(person());
    const requestId = randomUUID();
    const probeId = randomUUID();
    await service.anyone.get('/health/live').set('x-request-id', probeId).expect(200);
    // The sandbox tells nobody of the move; the test does, with a name for its request.
    await play.drive('DELETE', '/lever/webhooks');
    await play.move(id);
    await play
      .knock(leverWebhook({ data: { opportunityId: id, toStageId: TRIGGER_STAGE } }))
      .set('x-request-id', requestId)
      .expect(200);
    await play.untilStatus(id, 'Pending');
    const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    const ours = lines.filter((line) => line['requestId'] === requestId);
    const failed = ours.find(({ msg }) => msg === 'a job failed and is tried again');
    expect(failed).toMatchObject({
      job: 'place-order',
      jobId: expect.stringMatching(ID) as string,
      orderId: (await play.order(id)).id,
      installationId: play.installation.id,
      traceId: expect.stringMatching(/^[\da-f]{32}$/) as string,
    });
    expect(ours.filter(({ msg }) => msg === 'request completed')).toMatchObject([
      { req: { method: 'POST' }, route: '/webhooks/lever/:installationId', status: 200 },
    ]);
    expect(ours.every((line) => line['traceId'] === failed?.['traceId'])).toBe(true);
    expect(lines.filter((line) => 'fieldsLeftOut' in line)).toEqual([]);
    // Probes come every few seconds.
    expect(lines.filter((line) => line['requestId'] === probeId)).toEqual([]);
  });
});

describe('traces that nobody asked for', () => {
  it.each([
    ['no collector is named', {}],
    ['they are turned off', { OTEL_SDK_DISABLED: 'true' }],
    ['none of them is sampled', { OTEL_TRACES_SAMPLER_ARG: '0' }],
  ])('are not sent where %s', async (why, env) => {
    const collector = await startOtlpReceiver();
    const isNamed = why !== 'no collector is named';
    const service = await startTestService({
      ...(isNamed && { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }),
      ...env,
    });
    const play = new Play(service);
    await play.setUp();
    await wholeLife(play);
    const kept = await service.database.query<{ traceparent: string | null }[]>(
      'SELECT traceparent FROM orders',
    );
    if (why !== 'none of them is sampled') expect(kept).toEqual([{ traceparent: null }]);
    const sent = await service.database.query<unknown[]>(
      `SELECT 1 FROM pgboss.job WHERE data -> 'origin' ->> 'trace' LIKE '%-01'`,
    );
    expect(sent).toEqual([]);
    await service.stop();
    // Whatever was recorded is sent before the end.
    expect(collector.raw).toEqual([]);
    await collector.stop();
  });
});
