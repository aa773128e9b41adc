import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Made at the first start and kept beside the data they belong to. */
export interface DemoSecrets {
  encryptionKeys: string;
  adminKey: string;
  /** The whole `Authorization` header of VICTIG's callbacks. */
  callbackSecret: string;
  /** What the sandbox signs Lever's webhooks with. */
  signatureToken: string;
}

const token = (): string => randomBytes(24).toString('base64url');

const newAdminKey = (): string => `demo_${token()}`;

const fileIn = (dataDir: string): string => join(dataDir, 'demo-secrets.json');

export function demoSecrets(dataDir: string): DemoSecrets {
  const file = fileIn(dataDir);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DemoSecrets;
  const secrets: DemoSecrets = {
    encryptionKeys: `demo:${randomBytes(32).toString('base64')}`,
    adminKey: newAdminKey(),
    callbackSecret: token(),
    signatureToken: randomBytes(24).toString('hex'),
  };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

/** With another admin key in place of one that was revoked; what else there is belongs to the data, and stays. */
export function renewAdminKey(dataDir: string): DemoSecrets {
  const secrets = { ...demoSecrets(dataDir), adminKey: newAdminKey() };
  writeFileSync(fileIn(dataDir), JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}
