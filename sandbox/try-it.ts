import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SEED } from './seed.ts';
import { startSandbox } from './start-sandbox.ts';
import { assertPortFree } from './try-it/assert-port-free.ts';
import { buildIfNeeded, buildPageIfNeeded } from './try-it/build-if-needed.ts';
import { demoSecrets, renewAdminKey } from './try-it/demo-secrets.ts';
import { portOf } from './try-it/port-of.ts';
import { startService, type ServiceProcess } from './try-it/service-process.ts';
import { isKeyTaken, setUpDemo } from './try-it/set-up-demo.ts';
import { welcome } from './try-it/welcome.ts';

// `npm start`: the service on the embedded database, with pretended vendors, set up and ready to be played with.

const dataDir = resolve(process.env['DATA_DIR'] ?? './data');

try {
  // The service is waited for, and its address printed, before it could say which port 0 became.
  const port = portOf('PORT', 3000, 1);
  const sandboxPort = portOf('SANDBOX_PORT', 4000, 0);
  await assertPortFree(port, 'PORT');
  await assertPortFree(sandboxPort, 'SANDBOX_PORT');
  buildIfNeeded();
  buildPageIfNeeded();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const secrets = demoSecrets(dataDir);
  const sandbox = await startSandbox({ port: sandboxPort, memoryFile: join(dataDir, 'sandbox') });
  let adminKey = process.env['ADMIN_API_KEY'] ?? secrets.adminKey;
  const env = {
    ENCRYPTION_KEYS: process.env['ENCRYPTION_KEYS'] ?? secrets.encryptionKeys,
    DATA_DIR: dataDir,
    // Whatever this machine has set: a demonstration writes into no database but its own.
    DATABASE_URL: '',
    LEVER_API_URL: sandbox.leverApiUrl,
    LEVER_AUTH_URL: sandbox.leverAuthUrl,
    LEVER_CLIENT_ID: SEED.lever.oauthClientId,
    LEVER_CLIENT_SECRET: SEED.lever.oauthClientSecret,
    VICTIG_API_URL: sandbox.victigApiUrl,
    VICTIG_API_TOKEN: SEED.victig.token,
    VICTIG_WEBHOOK_SECRET: secrets.callbackSecret,
    ALLOW_PRIVATE_VENDOR_HOSTS: 'true',
    RECONCILE_INTERVAL_SECONDS: process.env['RECONCILE_INTERVAL_SECONDS'] ?? '5',
    // Long enough for a short outage to pass unseen, short enough to see what a long one looks like.
    ERROR_AFTER_SECONDS: process.env['ERROR_AFTER_SECONDS'] ?? '10',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  };
  const start = (): Promise<ServiceProcess> => startService(port, { ...env, ADMIN_API_KEY: adminKey });
  let service = await start();
  // Once revoked, as may be done in Swagger, a key is never taken again; one that it does not know is added at its start.
  if (!(await isKeyTaken(service.url, adminKey))) {
    await service.stop();
    if (process.env['ADMIN_API_KEY'] !== undefined) {
      throw new Error('The key in ADMIN_API_KEY was revoked: set another one, or unset it.');
    }
    console.log('The admin key of this demonstration was revoked: another one is made.');
    ({ adminKey } = renewAdminKey(dataDir));
    service = await start();
  }

  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await service.stop();
    await sandbox.close();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
  void service.ended.then(stop);

  sandbox.watch(await setUpDemo(service.url, sandbox, { ...secrets, adminKey }));
  console.log(
    welcome({
      serviceUrl: service.url,
      sandboxUrl: sandbox.url,
      adminKey,
    }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
