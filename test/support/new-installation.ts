import { SEED } from '../../sandbox/seed.ts';
import type { TestService } from './service.js';

export const CERTIFICATION = {
  certifiedBy: 'Director of HR, Acme',
  certifiedAt: '2026-11-22T00:00:00Z',
  statement: 'For employment purposes.',
};

/** What makes an installation that lacks nothing but access to Lever and a stage; changes take the place of what it has. */
export const newInstallation = (changes: object = {}) => ({
  name: 'Acme',
  lever: {},
  triggerStageIds: [],
  victig: { clientGuid: SEED.victig.clients.main },
  certification: CERTIFICATION,
  settings: { defaultProduct: 'Criminal Package 1' },
  ...changes,
});

/** Makes one as an admin would, and answers its id. */
export async function createInstallation({ admin }: TestService, changes: object = {}): Promise<string> {
  const answer = await admin.post('/admin/v1/installations').send(newInstallation(changes)).expect(201);
  return (answer.body as { id: string }).id;
}
