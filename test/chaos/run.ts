import { createHash, randomBytes } from 'node:crypto';
import { seededRandom } from '../../sandbox/seeded-random.ts';
import { SEED } from '../../sandbox/seed.ts';
import { freePort } from '../support/free-port.ts';
import { CUSTOMERS, type Customer } from './customers.ts';
import { createRunDatabase, type RunDatabase } from './database.ts';
import { Front } from './front.ts';
import { finding, judge, judgeDeliveries, type Finding, type KeptDelivery } from './oracle.ts';
import type { Options } from './options.ts';
import { Patience } from './patience.ts';
import { People } from './people.ts';
import { planOf } from './plan.ts';
import { Replicas } from './replicas.ts';
import { say, tableOf, tellOffenders } from './report.ts';
import { SandboxProcess, type SeenOpportunity, type SeenOrder } from './sandbox-process.ts';
import { ADMIN_KEY, ServiceClient } from './service-client.ts';
import { Storm } from './storm.ts';
import { until } from './until.ts';

const CALLBACK_SECRET = 'chaos-callback-secret';

/** Looked at twice, this far apart: what is right and changes no more is at rest. */
const REST_MS = 3_000;

/**
 * Plays one run from beginning to end; answers what was found wrong.
 * @param takeDown takes down what was set up, also where the run is ended from outside
 */
export async function run(options: Options, takeDown: AsyncDisposableStack): Promise<Finding[]> {
  const began = Date.now();
  const candidates = planOf(options);
  const stage = await setStage(options, takeDown);
  const { sandbox, front, replicas, service, database, doorOf } = stage;

  const people = new People(candidates, sandbox, ({ customer }) => doorOf(customer), options.seed);
  const storm = new Storm(options.seed, { sandbox, front, replicas, database });
  await (options.rolling ? storm.beginRestarts() : storm.begin(options.crash));
  await people.enterAll();
  await pass(options.stormAfterMs);
  const damage = await storm.calm();
  say(`  the storm is over after ${seconds(began)} s`);
  people.completeReopened();

  const look = async (): Promise<Finding[]> =>
    judge({
      stories: people.stories,
      opportunities: await sandbox.get<SeenOpportunity[]>('/lever/opportunities'),
      ordersAtVictig: await sandbox.get<SeenOrder[]>('/victig/orders'),
      adminOrders: await service.orders(),
    });
  let findings: Finding[] = [];
  const patience = new Patience(options.settleMs);
  const atRest = async (): Promise<boolean> => {
    findings = await look();
    // A callback may still wait of an order about which all is known already.
    const isDone = people.allPlayed() && findings.length === 0;
    if (isDone && !(await service.hasQueuedDeliveries())) return true;
    return patience.isOver(findings.map(({ detail }) => detail));
  };
  await until(patience.longestMs, atRest, 1_000).catch(() => undefined);
  await pass(REST_MS);
  findings = await look();
  await people.goHome();
  const took = seconds(began);

  if (findings.length > 0) await tellOffenders(findings, people, sandbox, service);
  const orders = await sandbox.get<SeenOrder[]>('/victig/orders');
  const trail = await service.verifyAudit();
  const codes = await replicas.stop();
  if (!trail.ok) findings.push(finding('audit trails that do not verify', null, JSON.stringify(trail)));
  findings.push(
    ...replicas.faints.map((words) =>
      finding('replicas that ended by themselves', null, words.slice(-2_000)),
    ),
    ...codes
      .filter((code) => code !== 0)
      .map((code) => finding('replicas that ended by themselves', null, `told to end: code ${code}`)),
    ...judgeDeliveries(front.answered, await keptDeliveries(database), sha256),
  );
  for (const { deviation, detail } of findings.filter(({ opportunityId }) => opportunityId === null)) {
    say(`  ! ${deviation}: ${detail}`);
  }
  const answered = (status: number): number => front.answered.filter((one) => one.status === status).length;
  say(
    tableOf(
      {
        seed: options.seed,
        database: options.embedded ? 'embedded' : 'server',
        replicas: options.replicas,
        candidates: candidates.length,
        'orders asked for': candidates.reduce((sum, { expected }) => sum + expected.orders.length, 0),
        'orders at VICTIG': orders.length,
        'deliveries answered 200': answered(200),
        'deliveries answered 401': answered(401),
        'requests cut before the service': front.cut.before,
        'answers cut after the service': front.cut.after,
        'faults in calls to Lever': damage.faultsStruck.lever,
        'faults in calls to VICTIG': damage.faultsStruck.victig,
        'replicas killed': replicas.kills,
        'replicas restarted': replicas.restarts,
        'database connections cut': damage.connectionsCut,
        'crashes of the database server': damage.crashes,
        'seconds in all': took,
      },
      findings,
    ),
  );
  return findings;
}

interface Stage {
  database: RunDatabase;
  sandbox: SandboxProcess;
  front: Front;
  replicas: Replicas;
  service: ServiceClient;
  doorOf: (customer: Customer) => string;
}

/** The database, the vendors, the front and the replicas, with every customer set up. */
async function setStage(options: Options, takeDown: AsyncDisposableStack): Promise<Stage> {
  const database = await createRunDatabase(options.embedded);
  takeDown.defer(() => database.drop());
  const sandbox = await SandboxProcess.start(await freePort());
  takeDown.defer(() => sandbox.stop());
  const frontPort = await freePort();
  const replicas = new Replicas({
    ...database.env,
    ...environment(sandbox.url, `http://127.0.0.1:${frontPort}`),
  });
  takeDown.defer(() => replicas.kill());
  const random = seededRandom(options.seed + 4);
  const front = await Front.start(frontPort, () => replicas.readyUrls(), random);
  takeDown.defer(() => front.stop());
  await replicas.start(options.replicas);
  const service = new ServiceClient(() => replicas.readyUrls()[0] ?? 'http://127.0.0.1:9');

  const doors = new Map<Customer, string>();
  await sandbox.post('/victig/callbacks', {
    url: `${front.url}/webhooks/victig`,
    authorization: CALLBACK_SECRET,
  });
  for (const customer of CUSTOMERS) {
    await registerWithVendors(sandbox, customer);
    const door = `${front.url}/webhooks/lever/${await service.install(customer)}`;
    const { account, signatureToken } = customer;
    for (const event of ['candidateStageChange', 'candidateArchiveChange']) {
      await sandbox.post('/lever/webhooks', { url: door, event, account, signatureToken });
    }
    doors.set(customer, door);
  }
  return {
    database,
    sandbox,
    front,
    replicas,
    service,
    doorOf: (customer) => doors.get(customer) ?? '',
  };
}

async function registerWithVendors(sandbox: SandboxProcess, customer: Customer): Promise<void> {
  const { name, account, apiKey, clientGuid, products, subClient } = customer;
  await sandbox.post('/lever/keys', { key: apiKey, account });
  await sandbox.post('/victig/clients', { name, clientGuid, products });
  if (subClient) {
    await sandbox.post('/victig/clients', {
      name: subClient.name,
      clientGuid: subClient.guid,
      parentGuid: clientGuid,
      products,
    });
  }
}

/** Limits so high that they do not hold the run up: they have tests of their own. */
const environment = (sandboxUrl: string, publicUrl: string): Record<string, string> => ({
  PUBLIC_URL: publicUrl,
  ENCRYPTION_KEYS: `chaos:${randomBytes(32).toString('base64')}`,
  ADMIN_API_KEY: ADMIN_KEY,
  LEVER_API_URL: `${sandboxUrl}/lever/v1`,
  LEVER_AUTH_URL: `${sandboxUrl}/lever/auth`,
  VICTIG_API_URL: `${sandboxUrl}/victig/v1`,
  VICTIG_API_TOKEN: SEED.victig.token,
  VICTIG_WEBHOOK_SECRET: CALLBACK_SECRET,
  ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
  LEVER_REQUESTS_PER_SECOND: '1000',
  LEVER_BURST: '1000',
  VICTIG_REQUESTS_PER_SECOND: '1000',
  VICTIG_BURST: '1000',
  VICTIG_REQUESTS_PER_DAY: '99999999',
  RECONCILE_INTERVAL_SECONDS: '15',
  ERROR_AFTER_SECONDS: '30',
  LOG_LEVEL: 'warn',
});

const keptDeliveries = (database: RunDatabase): Promise<KeptDelivery[]> =>
  database.read(
    `SELECT source, dedupe_key, event, outcome, facts->>'orderGuid' AS order_guid FROM deliveries`,
  );

const sha256 = (token: string): string => createHash('sha256').update(token).digest('hex');

const seconds = (since: number): number => Math.round((Date.now() - since) / 1_000);

function pass(ms: number): Promise<void> {
  return new Promise((next) => setTimeout(next, ms));
}
