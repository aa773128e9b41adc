import { SEED } from '../../sandbox/seed.ts';
import { COLLECTIONS } from '../../src/api-collections.js';
import { STORY } from '../../src/api-examples.js';
import type { Place } from '../../src/platform/open-api/document.js';
import { PLACES, type Answer } from './api-document.js';
import { Play } from './play.js';
import { ADMIN_KEY, startTestService, type TestService } from './service.js';

export interface Call {
  path: string;
  query?: URLSearchParams;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

/** A service in which something of everything is there, and which any operation of the document can be called on. */
export class ApiWorld {
  private constructor(
    readonly service: TestService,
    readonly play: Play,
  ) {}

  static async make(): Promise<ApiWorld> {
    const service = await startTestService({
      LEVER_CLIENT_ID: SEED.lever.oauthClientId,
      LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
      RECONCILE_INTERVAL_SECONDS: '1',
      ERROR_AFTER_SECONDS: '1',
    });
    const world = new ApiWorld(service, new Play(service));
    await world.play.setUp();
    await world.haveOrders();
    for (let n = 0; n < 4; n++) await world.giveUpAJob(n);
    return world;
  }

  /** Sends a request as it is; the answer's body is parsed where it is JSON. */
  async send(
    method: string,
    { path, query, headers = {}, body }: Call,
    authorization = `Bearer ${ADMIN_KEY}`,
  ): Promise<Answer & { headers: Headers }> {
    const answer = await fetch(`${this.service.url}${path}${query ? `?${query.toString()}` : ''}`, {
      method: method.toUpperCase(),
      headers: {
        ...(authorization === '' ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : {
            body:
              typeof body === 'string' && headers['content-type'] !== undefined ? body : JSON.stringify(body),
          }),
    });
    const text = await answer.text();
    const contentType = answer.headers.get('content-type') ?? undefined;
    const isJson = contentType !== undefined && /[/+]json/.test(contentType);
    return {
      status: answer.status,
      contentType,
      body: isJson ? JSON.parse(text) : text,
      headers: answer.headers,
    };
  }

  /** The path with ids of things that are there, in as many ways as there are things, up to a cap. */
  async pathsTo(path: string, cap = 24): Promise<string[]> {
    const parameter = /\{\w+\}/.exec(path);
    if (!parameter) return [path];
    const before = path.slice(0, parameter.index - 1);
    const after = path.slice(parameter.index + parameter[0].length);
    const paths: string[] = [];
    for (const id of await this.idsIn(before)) {
      if (paths.length >= cap) break;
      paths.push(...(await this.pathsTo(`${before}/${id}${after}`, cap - paths.length)));
    }
    return paths;
  }

  /** The headers an operation asks for, as someone would send who has just read the object. */
  async headersFor({ operation }: Place, path: string): Promise<Record<string, string>> {
    if (!operation.parameters?.some(({ name }) => name === 'If-Match')) return {};
    const owner = path.split('/').slice(0, 5).join('/');
    const { headers } = await this.send('get', { path: owner });
    return { 'if-match': headers.get('etag') ?? '' };
  }

  /** The example of the document, about things that are there. */
  bodyFor({ operation }: Place): unknown {
    const example = operation.requestBody?.content['application/json']?.example;
    if (example === undefined) return undefined;
    const told = JSON.stringify(example).replaceAll(STORY.installationId, this.play.installation.id);
    return JSON.parse(told) as unknown;
  }

  /** What the list of a collection shows, newest first. */
  private async idsIn(path: string): Promise<string[]> {
    const segments = path.split('/');
    const collection = segments.at(-1) ?? '';
    if (collection === 'compare') return this.idsIn(segments.slice(0, -2).join('/'));
    const listedBy = COLLECTIONS[collection]?.listedBy;
    const list = PLACES.find(({ operation }) => operation.operationId === listedBy);
    if (!list) throw new Error(`nobody says what lists the ids in ${path}: add it to api-collections.ts`);
    const isListed = list.path.split('/').at(-1) === collection;
    const { body } = await this.send('get', { path: isListed ? path : segments.slice(0, -1).join('/') });
    const key = collection.replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
    const items = (body as Record<string, { id?: string; version?: number }[]>)[isListed ? 'items' : key];
    return (items ?? []).map(({ id, version }) => String(id ?? version));
  }

  /** Orders of every kind that can be brought about: pending, under way, complete, rejected, in error. */
  private async haveOrders(): Promise<void> {
    const { play } = this;
    const until = async (status: string, fields: object = {}): Promise<string> => {
      const opportunityId = await play.candidate(fields);
      await play.move(opportunityId);
      await play.untilStatus(opportunityId, status);
      return opportunityId;
    };
    const faulty = await until('Pending');
    const order = await play.orderAtVictig(faulty);
    // Refused for good, and for this one only: nothing else is slowed down by it.
    await play.drive('POST', '/faults', {
      vendor: 'victig',
      match: { path: order.orderGuid },
      kind: 'status',
      status: 403,
      times: null,
    });
    await play.drive('POST', `/victig/orders/${order.orderGuid}/finish-quickapp`);
    await play.untilStatus(faulty, 'Error');
    await until('Rejected', { emails: [] });
    for (let n = 0; n < 3; n++) {
      const opportunityId = await until('Pending');
      const { orderGuid } = await play.orderAtVictig(opportunityId);
      await play.drive('POST', `/victig/orders/${orderGuid}/finish-quickapp`);
      await play.untilStatus(opportunityId, 'In Progress');
      if (n === 0) continue;
      await play.drive('POST', `/victig/orders/${orderGuid}/complete`, { flagged: false });
      await play.untilStatus(opportunityId, 'Complete');
    }
    await until('Pending');
  }

  /** As the queue leaves a job whose tries are used up. */
  private async giveUpAJob(n: number): Promise<void> {
    const installationId = this.play.installation.id;
    const deliveryId = `0199f3a0-3333-7ccc-8ccc-00000000000${n}`;
    await this.service.database.query(
      `INSERT INTO pgboss.job (name, data, group_id, singleton_key, source_name, source_output, retry_limit, keep_until)
       VALUES ('dead-letters', $1, $2, $3, 'take-callback', '{"reason": "not today"}', 0, now() + interval '1 year')`,
      [{ attempt: 8, payload: { installationId, deliveryId } }, installationId, deliveryId],
    );
  }
}
