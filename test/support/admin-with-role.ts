import { createHash, randomBytes, randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Role } from '../../src/platform/access/roles.js';
import type { TestService } from './service.js';

/** A new key of a role, bound to one installation or to none. */
export async function adminKeyWithRole(
  { database }: TestService,
  role: Role,
  installationId: string | null = null,
): Promise<string> {
  const key = randomBytes(24).toString('hex');
  await database.query(
    `INSERT INTO admin_keys (id, name, role, installation_id, hash, last_four, created_at)
     VALUES ($1, $2, $2, $3, $4, $5, now())`,
    [randomUUID(), role, installationId, createHash('sha256').update(key).digest(), key.slice(-4)],
  );
  return key;
}

/** Calls to the admin API with a key of a role, bound to one installation or to none. */
export async function adminWithRole(
  service: TestService,
  role: Role,
  installationId: string | null = null,
): Promise<supertest.Agent> {
  const key = await adminKeyWithRole(service, role, installationId);
  return supertest.agent(service.url).set('authorization', `Bearer ${key}`);
}
