import supertest from 'supertest';
import type { Role } from '../../src/platform/access/roles.js';
import type { TestService } from './service.js';

/** Calls to the admin API with a key of a role, bound to one installation or to none. */
export async function adminWithRole(
  { admin, url }: TestService,
  role: Role,
  installationId: string | null = null,
): Promise<supertest.Agent> {
  const made = await admin.post('/admin/v1/keys').send({ name: role, role, installationId }).expect(201);
  return supertest.agent(url).set('authorization', `Bearer ${(made.body as { key: string }).key}`);
}
