import { z } from 'zod';
import { SEED } from '../../sandbox/seed.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { LeverApplicantTracking } from '../../src/lever/lever-applicant-tracking.js';
import { LeverClient } from '../../src/lever/lever-client.js';
import { SystemClock } from '../../src/platform/clock.js';
import { ClientOfSandbox } from '../support/client-of-sandbox.js';
import { configFor } from '../support/config-for.js';
import { KnownAccounts } from '../support/known-accounts.js';
import { KnownAsOwn } from '../support/known-as-own.js';
import { KnownCredentials } from '../support/known-credentials.js';
import { SandboxDriver } from '../support/sandbox-driver.js';
import { failNextCall } from '../support/sandbox-faults.js';
import { Unlimited } from '../support/unlimited.js';
import { applicantTrackingContract, type TrackingWorld } from './applicant-tracking.contract.js';

const added = z.object({ id: z.string() });
const notes = z.object({
  notes: z.array(z.object({ fields: z.array(z.object({ value: z.string() })), secret: z.boolean() })),
});

const files = z.object({ files: z.array(z.object({ name: z.string(), size: z.number() })) });

async function sandboxedLever(): Promise<TrackingWorld> {
  const sandbox = await startSandbox();
  const driver = new SandboxDriver(sandbox.url);
  const config = configFor(sandbox);
  const clock = new SystemClock();
  const http = new ClientOfSandbox(config);
  const installationId = 'installation-1';
  const credentials = new KnownCredentials({
    [installationId]: { lever: { apiKey: SEED.lever.apiKey, performAs: SEED.lever.users.recruiter } },
  });
  const { newApplicant, backgroundCheck } = SEED.lever.stages;
  const pathOf = (opportunityId: string) => `/lever/opportunities/${opportunityId}`;
  return {
    tracking: new LeverApplicantTracking(
      new KnownAccounts(credentials),
      new LeverClient(http, new Unlimited(), config.lever),
      clock,
      new KnownAsOwn(),
    ),
    installationId,
    stageIds: [newApplicant, backgroundCheck],
    async addPosting({ title, ...categories }) {
      return added.parse(await driver.post('/lever/postings', { text: title, ...categories })).id;
    },
    async addOpportunity({ location, ...opportunity }) {
      const body = {
        ...opportunity,
        stageId: newApplicant,
        ...(location !== undefined && { opportunityLocation: location }),
      };
      return added.parse(await driver.post('/lever/opportunities', body)).id;
    },
    async move(opportunityId, stageId) {
      await driver.post(`${pathOf(opportunityId)}/move`, { stageId });
    },
    async archive(opportunityId) {
      await driver.post(`${pathOf(opportunityId)}/archive`, { reason: SEED.lever.archiveReasons.withdrew });
    },
    async remove(opportunityId) {
      await driver.delete(pathOf(opportunityId));
    },
    async writeNotes(opportunityId, texts) {
      for (const value of texts) await driver.post(`${pathOf(opportunityId)}/notes`, { value });
    },
    async notesOf(opportunityId) {
      const stored = notes.parse(await driver.get(pathOf(opportunityId)));
      return stored.notes.map(({ fields, secret }) => ({ text: fields[0]?.value ?? '', secret }));
    },
    async filesOf(opportunityId) {
      return files.parse(await driver.get(pathOf(opportunityId))).files;
    },
    failNext(planned) {
      http.expectNext(planned);
      return failNextCall(driver, 'lever', planned);
    },
    async stop() {
      await http.onApplicationShutdown();
      await sandbox.close();
    },
  };
}

applicantTrackingContract('Lever', sandboxedLever);
