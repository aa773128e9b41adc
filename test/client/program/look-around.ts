import {
  changeInstallation,
  createInstallation,
  createKey,
  listInstallations,
  listKeys,
  previewOrder,
  readInstallation,
  readOrder,
  revokeKey,
} from '../../../client/index.js';
import { client } from '../../../client/client.gen.js';

// A program as somebody might write it with the generated client; the test compiles it strictly and runs it.

const [baseUrl = '', auth = '', clientGuid = '', opportunityId = ''] = process.argv.slice(2);
client.setConfig({ baseUrl, auth });

const { data: made, response } = await createInstallation({
  throwOnError: true,
  body: {
    name: 'By the client',
    lever: { apiKey: 'demo-lever-key' },
    triggerStageIds: [],
    victig: { clientGuid },
    certification: {
      certifiedBy: 'Director of HR',
      certifiedAt: '2026-11-22T00:00:00Z',
      statement: 'For employment purposes.',
    },
    settings: { defaultProduct: 'Criminal Package 1' },
  },
});

const changed = await changeInstallation({
  throwOnError: true,
  path: { id: made.id },
  headers: { 'If-Match': response.headers.get('etag') ?? '' },
  body: { name: 'Changed by the client', settings: { productPrefix: 'Package:' } },
});
const read = await readInstallation({ throwOnError: true, path: { id: made.id } });

const stale = await changeInstallation({
  path: { id: made.id },
  headers: { 'If-Match': '"1"' },
  body: { name: 'Too late' },
});
const missing = await readOrder({ path: { id: made.id } });
// The codes are known to the compiler: another word here would not compile.
const isMissing: boolean = missing.error?.code === 'order_not_found';

const preview = await previewOrder({
  throwOnError: true,
  path: { id: made.id },
  body: { opportunityId },
});

const { data: key } = await createKey({
  throwOnError: true,
  body: { name: 'By the client', role: 'viewer' },
});
const names: string[] = [];
let cursor: string | undefined;
do {
  const page = await listKeys({ throwOnError: true, query: { limit: 1, cursor } });
  names.push(...page.data.items.map(({ name }) => name));
  cursor = page.data.nextCursor ?? undefined;
} while (cursor !== undefined);
const revoked = await revokeKey({ throwOnError: true, path: { id: key.id } });
const installations = await listInstallations({ throwOnError: true });

process.stdout.write(
  JSON.stringify({
    version: changed.data.settingsVersion,
    name: read.data.name,
    stale: stale.error?.code,
    isMissing,
    product: preview.data.order?.product.name,
    names,
    revoked: revoked.response.status,
    installations: installations.data.items.length,
  }),
);
