import supertest from 'supertest';
import type { Role } from '../../src/platform/access/roles.js';
import type { TestService } from './service.js';

/** A new key of a role, bound to one installation or to none. */
export async function adminKeyWithRole(
  { admin }: TestService,
  role: Role,
  installationId: string | null = null,
): Promise<string> {
  const made = await admin.post('/admin/v1/keys').send({ name: role, role, installationId }).expect(201);
  return (made.body as { key: string }).key;
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
