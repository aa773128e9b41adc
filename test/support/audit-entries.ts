import { randomBytes } from 'node:crypto';
import type { TestService } from './service.js';

/** Lengthens the audit trail of an installation by so many entries, with acts that change nothing else. */
export async function addEntries({ admin }: TestService, id: string, count: number): Promise<void> {
  const tokens = `/admin/v1/installations/${id}/signature-tokens`;
  let added: string | undefined;
  for (let n = 0; n < count; n++) {
    if (added === undefined) {
      const token = randomBytes(8).toString('hex');
      added = ((await admin.post(tokens).send({ token }).expect(201)).body as { id: string }).id;
    } else {
      await admin.delete(`${tokens}/${added}`).expect(204);
      added = undefined;
    }
  }
}
