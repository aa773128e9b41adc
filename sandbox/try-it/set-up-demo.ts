import { SEED } from '../seed.ts';
import type { WatchedService } from '../show/service-story.ts';
import type { Sandbox } from '../start-sandbox.ts';
import type { DemoSecrets } from './demo-secrets.ts';

const NAME = 'Demo';

interface Installation {
  id: string;
  name: string;
  state: string;
  triggerStageIds: string[];
}

/** Whether the service lets the key in. */
export async function isKeyTaken(serviceUrl: string, adminKey: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${serviceUrl}/admin/v1/installations?limit=1`, { headers });
  return answer.status !== 401;
}

/** Joins the sandbox's Lever account to its VICTIG client, once, through the admin API as a person would. */
export async function setUpDemo(
  serviceUrl: string,
  sandbox: Sandbox,
  secrets: DemoSecrets,
): Promise<WatchedService> {
  const admin = (path: string, init: RequestInit = {}): Promise<unknown> =>
    call(`${serviceUrl}/admin/v1/installations${path}`, secrets.adminKey, init);
  const { items } = (await admin('?limit=200')) as { items: Installation[] };
  const installation =
    items.find(({ name }) => name === NAME) ??
    ((await admin('', { method: 'POST', body: JSON.stringify(newInstallation(secrets)) })) as Installation);
  if (installation.state !== 'active') await admin(`/${installation.id}/activate`, { method: 'POST' });
  await connectSandbox(serviceUrl, sandbox, secrets, installation.id);
  return {
    url: serviceUrl,
    adminKey: secrets.adminKey,
    installationId: installation.id,
    triggerStageIds: installation.triggerStageIds,
  };
}

function newInstallation(secrets: DemoSecrets): object {
  return {
    name: NAME,
    lever: { apiKey: SEED.lever.apiKey },
    signatureTokens: [secrets.signatureToken],
    triggerStageIds: [SEED.lever.stages.backgroundCheck],
    victig: { clientGuid: SEED.victig.clients.main },
    certification: {
      certifiedBy: 'The person who tries this out',
      certifiedAt: new Date().toISOString(),
      statement: 'These checks are pretended: no person is screened.',
    },
    settings: {
      defaultProduct: 'Criminal Package 1',
      referenceBy: 'jobTitle',
      quickApp: { email: true, text: true },
    },
  };
}

/** The sandbox remembers its webhooks between starts; the service may have moved to another port. */
async function connectSandbox(
  serviceUrl: string,
  sandbox: Sandbox,
  secrets: DemoSecrets,
  installationId: string,
): Promise<void> {
  await call(`${sandbox.url}/drive/lever/webhooks`, null, { method: 'DELETE' });
  await call(`${sandbox.url}/drive/lever/webhooks`, null, {
    method: 'POST',
    body: JSON.stringify({
      url: `${serviceUrl}/webhooks/lever/${installationId}`,
      event: 'candidateStageChange',
      signatureToken: secrets.signatureToken,
    }),
  });
  await call(`${sandbox.url}/drive/victig/callbacks`, null, { method: 'DELETE' });
  await call(`${sandbox.url}/drive/victig/callbacks`, null, {
    method: 'POST',
    body: JSON.stringify({ url: `${serviceUrl}/webhooks/victig`, authorization: secrets.callbackSecret }),
  });
}

async function call(url: string, key: string | null, init: RequestInit): Promise<unknown> {
  const answer = await fetch(url, {
    ...init,
    headers: {
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    },
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url} was answered ${answer.status}: ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}
