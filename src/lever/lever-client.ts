import { FormData } from 'undici';
import type { z } from 'zod';
import type { AppConfig } from '../platform/config/app-config.js';
import { UpstreamError } from '../platform/errors/upstream-error.js';
import { codeAndMessage } from '../platform/http/code-and-message.js';
import {
  DEFAULT_HTTP_LIMITS,
  type JsonAnswer,
  type JsonClient,
  type JsonRequest,
  type VendorApi,
} from '../platform/http/json-client.js';
import { PacedClient } from '../platform/http/paced-client.js';
import type { RateLimiter } from '../platform/http/rate-limiter.js';
import type { LeverAccount } from './lever-account.js';
import * as schemas from './lever-schemas.js';

interface Call<T> extends Pick<
  JsonRequest<T>,
  'method' | 'route' | 'params' | 'query' | 'body' | 'schema' | 'timeoutMs' | 'notAfter'
> {
  /** The OAuth scope it needs; an API key's permissions are named alike. */
  permission: string;
}

const PAGE_SIZE = 100;
const MAX_PAGES = 100;

/** For 30 MB at a slow pace. */
const UPLOAD_TIMEOUT_MS = 45_000;

/**
 * Lever's Data API, one method for each endpoint used. Every method throws `UpstreamError`.
 * Source: https://hire.lever.co/developer/documentation
 */
export class LeverClient {
  private readonly api: VendorApi;
  private readonly http: PacedClient;

  constructor(http: JsonClient, limiter: RateLimiter, config: AppConfig['lever']) {
    this.api = { vendor: 'Lever', baseUrl: config.apiUrl, faultOf: codeAndMessage };
    const { requestsPerSecond, burst } = config;
    this.http = new PacedClient(http, limiter, { requestsPerSecond, burst });
  }

  getOpportunity(account: LeverAccount, id: string): Promise<schemas.LeverOpportunity> {
    return this.call(account, {
      method: 'GET',
      route: '/opportunities/:id',
      permission: 'opportunities:read:admin',
      params: { id },
      query: 'expand=applications',
      schema: schemas.singleOf(schemas.opportunitySchema),
    });
  }

  getApplication(
    account: LeverAccount,
    opportunityId: string,
    applicationId: string,
  ): Promise<schemas.LeverApplication> {
    return this.call(account, {
      method: 'GET',
      route: '/opportunities/:id/applications/:application',
      permission: 'applications:read:admin',
      params: { id: opportunityId, application: applicationId },
      schema: schemas.singleOf(schemas.applicationSchema),
    });
  }

  getPosting(account: LeverAccount, id: string): Promise<schemas.LeverPosting> {
    return this.call(account, {
      method: 'GET',
      route: '/postings/:id',
      permission: 'postings:read:admin',
      params: { id },
      schema: schemas.singleOf(schemas.postingSchema),
    });
  }

  /** In the order of the pipeline. Also the cheapest call that shows whether the credentials work. */
  async getStages(account: LeverAccount): Promise<schemas.LeverStage[]> {
    const stages: schemas.LeverStage[] = [];
    const pages = this.pages(account, '/stages', 'stages:read:admin', {}, schemas.stageSchema);
    for await (const stage of pages) stages.push(stage);
    return stages;
  }

  getUser(account: LeverAccount, id: string): Promise<schemas.LeverUser> {
    return this.call(account, {
      method: 'GET',
      route: '/users/:id',
      permission: 'users:read:admin',
      params: { id },
      schema: schemas.singleOf(schemas.userSchema),
    });
  }

  /** Whether postings may be read, of which nothing is taken. */
  async probePostings(account: LeverAccount): Promise<void> {
    await this.probe(account, 'postings');
  }

  /**
   * Whether opportunities may be read as each of them is, with their applications; of those that are confidential nothing
   * is said. Answers Lever's clock, null when it tells none.
   * @throws UpstreamError that names the permission which is lacking
   */
  async probeOpportunities(account: LeverAccount): Promise<Date | null> {
    try {
      return await this.probe(account, 'opportunities', 'applications');
    } catch (error) {
      if (isForbidden(error)) await this.probe(account, 'opportunities');
      // Without them they may be read: the applications it is.
      throw error;
    }
  }

  private async probe(
    account: LeverAccount,
    list: 'opportunities' | 'postings',
    expand?: 'applications',
  ): Promise<Date | null> {
    const { date } = await this.answer(account, {
      method: 'GET',
      route: `/${list}`,
      permission: `${expand ?? list}:read:admin`,
      query: expand === undefined ? 'limit=1' : `limit=1&expand=${expand}`,
      schema: schemas.anything,
    });
    return date;
  }

  /** All webhooks of the account, other programs' included. */
  async getWebhooks(account: LeverAccount): Promise<schemas.LeverWebhookRecord[]> {
    const webhooks: schemas.LeverWebhookRecord[] = [];
    const pages = this.pages(account, '/webhooks', 'webhooks:read:admin', {}, schemas.webhookSchema);
    for await (const webhook of pages) webhooks.push(webhook);
    return webhooks;
  }

  /** Lever does not look for an equal one: a repeated call makes a second webhook. */
  createWebhook(
    account: LeverAccount,
    webhook: { url: string; event: string },
    endsBy: Date,
  ): Promise<schemas.CreatedLeverWebhook> {
    return this.call(account, {
      method: 'POST',
      route: '/webhooks',
      permission: 'webhooks:write:admin',
      body: webhook,
      schema: schemas.singleOf(schemas.createdWebhookSchema),
      ...endingBy(endsBy, DEFAULT_HTTP_LIMITS.timeoutMs),
    });
  }

  /** One that was made by hand cannot be deleted so: `unauthorized` or `rejected`. */
  async deleteWebhook(account: LeverAccount, id: string): Promise<void> {
    await this.call(account, {
      method: 'DELETE',
      route: '/webhooks/:id',
      permission: 'webhooks:write:admin',
      params: { id },
      schema: schemas.anything,
    });
  }

  addTags(
    account: LeverAccount,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<schemas.ChangedTags> {
    return this.changeTags(account, '/opportunities/:id/addTags', opportunityId, tags);
  }

  removeTags(
    account: LeverAccount,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<schemas.ChangedTags> {
    return this.changeTags(account, '/opportunities/:id/removeTags', opportunityId, tags);
  }

  /** Lever has no idempotency key: a repeated call makes a second note. Answers the note's id. */
  createNote(
    account: LeverAccount,
    opportunityId: string,
    note: { value: string; secret: boolean },
    endsBy: Date,
  ): Promise<string> {
    return this.call(account, {
      method: 'POST',
      route: '/opportunities/:id/notes',
      permission: 'notes:write:admin',
      params: { id: opportunityId },
      query: performingAs(account),
      body: note,
      schema: schemas.singleOf(schemas.createdNoteSchema),
      ...endingBy(endsBy, DEFAULT_HTTP_LIMITS.timeoutMs),
    });
  }

  listNotes(account: LeverAccount, opportunityId: string): AsyncGenerator<schemas.LeverNote> {
    const route = '/opportunities/:id/notes';
    return this.pages(account, route, 'notes:read:admin', { id: opportunityId }, schemas.noteSchema);
  }

  /** Only notes that were made by the API can be deleted by it. */
  async deleteNote(account: LeverAccount, opportunityId: string, noteId: string): Promise<void> {
    await this.call(account, {
      method: 'DELETE',
      route: '/opportunities/:id/notes/:note',
      permission: 'notes:write:admin',
      params: { id: opportunityId, note: noteId },
      schema: schemas.anything,
    });
  }

  /**
   * Lever has no idempotency key: a repeated call makes a second file. Answers the file's id. Requests of more than
   * 30 MB are refused, slow ones with the code `RequestTimeout`.
   */
  async uploadFile(
    account: LeverAccount,
    opportunityId: string,
    { name, content }: { name: string; content: Uint8Array<ArrayBuffer> },
    endsBy: Date,
  ): Promise<string> {
    const route = '/opportunities/:id/files';
    if (account.performAs === null) throw this.withoutPerformer(`POST ${route}`);
    const form = new FormData();
    form.set('file', new Blob([content], { type: 'application/pdf' }), name);
    const { id } = await this.call(account, {
      method: 'POST',
      route,
      permission: 'files:write:admin',
      params: { id: opportunityId },
      query: performingAs(account),
      body: form,
      schema: schemas.singleOf(schemas.fileSchema),
      ...endingBy(endsBy, UPLOAD_TIMEOUT_MS),
    });
    return id;
  }

  listFiles(account: LeverAccount, opportunityId: string): AsyncGenerator<schemas.LeverFile> {
    const route = '/opportunities/:id/files';
    return this.pages(account, route, 'files:read:admin', { id: opportunityId }, schemas.fileSchema);
  }

  /** Like uploading it, on behalf of a user of Lever's. */
  async deleteFile(account: LeverAccount, opportunityId: string, fileId: string): Promise<void> {
    const operation = { method: 'DELETE', route: '/opportunities/:id/files/:file' } as const;
    if (account.performAs === null) throw this.withoutPerformer(`${operation.method} ${operation.route}`);
    await this.call(account, {
      ...operation,
      permission: 'files:write:admin',
      params: { id: opportunityId, file: fileId },
      query: performingAs(account),
      schema: schemas.anything,
    });
  }

  /** Lever takes files, and gives them up, only on behalf of one of its users. */
  private withoutPerformer(operation: string): UpstreamError {
    return new UpstreamError('rejected', {
      vendor: this.api.vendor,
      operation,
      fate: 'not_sent',
      code: 'no_perform_as',
    });
  }

  private async changeTags(
    account: LeverAccount,
    route: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<schemas.ChangedTags> {
    return this.call(account, {
      method: 'POST',
      route,
      permission: 'opportunities:write:admin',
      params: { id: opportunityId },
      query: performingAs(account),
      body: { tags },
      schema: schemas.singleOf(schemas.changedTagsSchema),
    });
  }

  private async *pages<T>(
    account: LeverAccount,
    route: string,
    permission: string,
    params: Record<string, string>,
    item: z.ZodType<T>,
  ): AsyncGenerator<T> {
    const schema = schemas.pageOf(item);
    const asked = new Set<string>();
    let query = `limit=${PAGE_SIZE}`;
    while (!asked.has(query) && asked.size < MAX_PAGES) {
      asked.add(query);
      const page = { method: 'GET', route, permission, params, query, schema } as const;
      const { items, next } = await this.call(account, page);
      yield* items;
      if (next === null) return;
      query = `limit=${PAGE_SIZE}&offset=${asSent(next)}`;
    }
    // To take what was read for the whole list could mean a second note.
    throw new UpstreamError('malformed', {
      vendor: this.api.vendor,
      operation: `GET ${route}`,
      fate: 'answered',
      code: 'endless_list',
    });
  }

  private async call<T>(account: LeverAccount, call: Call<T>): Promise<T> {
    const { data } = await this.answer(account, call);
    return data;
  }

  private async answer<T>(account: LeverAccount, call: Call<T>): Promise<JsonAnswer<T>> {
    try {
      return await this.signedIn(account, call);
    } catch (error) {
      // What may be refused besides is a new access token, which needs no permission.
      throw isUnauthorized(error) && error.details.operation === `${call.method} ${call.route}`
        ? new UpstreamError(error.failure, { ...error.details, permission: call.permission })
        : error;
    }
  }

  /** A call that was answered 401 was not carried out, so that it may be made once more with another sign-in. */
  private async signedIn<T>(account: LeverAccount, call: Call<T>): Promise<JsonAnswer<T>> {
    try {
      return await this.attempt(account, call);
    } catch (error) {
      if (!isSignInRefused(error)) throw error;
      const renewed = (await account.signIn?.renew(account.authorization)) ?? null;
      if (renewed === null) {
        await account.signIn?.lost(account.authorization);
        throw error;
      }
      account.authorization = renewed;
    }
    try {
      return await this.attempt(account, call);
    } catch (error) {
      if (isSignInRefused(error)) await account.signIn?.lost(account.authorization);
      throw error;
    }
  }

  private async attempt<T>(account: LeverAccount, call: Call<T>): Promise<JsonAnswer<T>> {
    const headers = { authorization: account.authorization };
    return this.http.send(account.limitKey, { ...call, api: this.api, headers });
  }
}

/** Not begun where it might not have ended by then; nor is it repeated then with another sign-in. */
const endingBy = (
  endsBy: Date,
  timeoutMs: number,
): Required<Pick<Call<unknown>, 'timeoutMs' | 'notAfter'>> => ({
  timeoutMs,
  notAfter: new Date(endsBy.getTime() - timeoutMs),
});

/** 403 is another matter. */
const isSignInRefused = (error: unknown): boolean => isUnauthorized(error) && error.details.status === 401;

/** The sign-in is good, a permission is lacking; or, of a single opportunity, it is confidential. */
export const isForbidden = (error: unknown): error is UpstreamError =>
  isUnauthorized(error) && error.details.status === 403;

/** Lever does not say what is lacking, so the error has to. */
const isUnauthorized = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && error.failure === 'unauthorized';

const performingAs = ({ performAs }: LeverAccount): string =>
  new URLSearchParams(performAs === null ? [] : [['perform_as', performAs]]).toString();

/** Lever's `next` is percent-encoded already and is sent back as it came, unless it cannot stand in a URL. */
const asSent = (next: string): string => (/^[\w.~%!*'():,@-]+$/.test(next) ? next : encodeURIComponent(next));
