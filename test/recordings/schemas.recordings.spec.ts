import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as lever from '../../src/lever/lever-schemas.js';
import * as victig from '../../src/victig/victig-schemas.js';

/** Beside the project, not in it: nothing of what was recorded is committed. */
const RECORDINGS = join(import.meta.dirname, '../../../shared/recordings');
const isThere = existsSync(RECORDINGS);

const exchanges = z.array(z.object({ status: z.number(), responseBody: z.unknown() }));
const victigOrder = victig.orderSchema('decision');

/** How the answers in each file are read; null: by nothing so far. */
const SCHEMAS: Record<string, z.ZodType | null> = {
  'lever/get-opportunity.json': lever.singleOf(lever.opportunitySchema),
  'lever/get-application.json': lever.singleOf(lever.applicationSchema),
  'lever/get-posting.json': lever.singleOf(lever.postingSchema),
  'lever/get-postings.json': lever.pageOf(lever.postingSchema),
  'lever/get-stages.json': lever.pageOf(lever.stageSchema),
  'lever/get-note.json': lever.singleOf(lever.noteSchema),
  'lever/create-note.json': lever.singleOf(lever.createdNoteSchema),
  'lever/update-opportunity-tags.json': lever.singleOf(lever.changedTagsSchema),
  'lever/update-opportunity-stage.json': lever.singleOf(lever.changedTagsSchema),
  'lever/update-opportunity-archived.json': lever.singleOf(lever.changedTagsSchema),
  'lever/update-opportunity-links.json': lever.singleOf(lever.changedTagsSchema),
  'lever/get-archive-reasons.json': null,
  'lever/get-webhooks.json': lever.pageOf(lever.webhookSchema),
  'lever/create-webhook.json': lever.singleOf(lever.createdWebhookSchema),
  'lever/delete-webhook.json': null,
  'lever/delete-note.json': null,
  'tazapi/all_clients.json': z.array(victig.clientSchema),
  'tazapi/all_client_products.json': z.array(victig.productSchema),
  'tazapi/all_applicants.json': z.array(victig.applicantSchema),
  'tazapi/single_applicant.json': victig.applicantSchema,
  'tazapi/create_applicant.json': victig.applicantSchema,
  'tazapi/all_orders.json': z.array(victig.orderRowSchema),
  'tazapi/submit_order.json': victigOrder,
  'tazapi/single_order.json': victigOrder,
  'tazapi/order_status.json': victig.orderStatusSchema,
  'tazapi/single_client.json': null,
};

const read = (file: string) => exchanges.parse(JSON.parse(readFileSync(join(RECORDINGS, file), 'utf8')));

const parsed = (file: string): unknown[] =>
  read(file).map(({ responseBody }) => SCHEMAS[file]?.parse(responseBody));

describe.skipIf(!isThere)(`recorded traffic${isThere ? '' : ` (skipped: there is no ${RECORDINGS})`}`, () => {
  it('is all known to this test', () => {
    const files = ['lever', 'tazapi'].flatMap((folder) =>
      readdirSync(join(RECORDINGS, folder)).map((file) => `${folder}/${file}`),
    );
    expect(files.toSorted()).toEqual(Object.keys(SCHEMAS).toSorted());
  });

  it.each(Object.keys(SCHEMAS).filter((file) => SCHEMAS[file] !== null))('%s parses', (file) => {
    expect(parsed(file).length).toBeGreaterThan(0);
  });

  it('has an opportunity with contact data, and none of that in the answer to a change', () => {
    const [opportunity] = z
      .array(z.object({ name: z.string(), emails: z.array(z.string()), phones: z.array(z.string()) }))
      .parse(parsed('lever/get-opportunity.json'));
    expect(opportunity?.name).not.toBe('');
    expect(opportunity?.emails).not.toEqual([]);
    expect(opportunity?.phones).not.toEqual([]);
    for (const changed of parsed('lever/update-opportunity-tags.json')) {
      const { whereabouts, ...rest } = z
        .object({ whereabouts: z.object({}).loose() })
        .loose()
        .parse(changed);
      expect(Object.keys(rest)).toEqual(['opportunityId', 'tags']);
      expect(Object.keys(whereabouts).toSorted()).toEqual(['archived', 'stageId']);
    }
  });

  it('has orders whose phase is known, and nothing personal of them is kept (R1, A4)', () => {
    const rows = read('tazapi/all_orders.json').flatMap(({ responseBody }) =>
      z.array(victigOrder).parse(responseBody),
    );
    expect(new Set(rows.map(({ rawStatus }) => rawStatus))).toEqual(new Set(['app-pending', 'complete']));
    const kept = JSON.stringify([rows, parsed('tazapi/single_order.json')]);
    expect(kept).not.toMatch(/@|orderquickapp|emailUsed|applicant|charges|19\d\d-\d\d-\d\d/i);
  });

  it('has a report link that demands a login, and the keyed one is not kept (R1)', () => {
    expect(parsed('tazapi/order_status.json')).toEqual([
      {
        reportLink: expect.stringMatching(/viewReport/) as unknown,
        of: { externalIdentifier: '10001a', fileNumber: '572352' },
      },
    ]);
  });

  it('has a refusal whose code is read', () => {
    const [refused] = read('tazapi/single_client.json');
    expect(refused?.status).toBe(403);
    expect(victig.faultOf(refused?.responseBody)).toMatchObject({ code: 'NOT_AUTHORIZED' });
  });
});
