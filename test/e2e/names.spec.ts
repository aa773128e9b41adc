import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createInstallation } from '../support/new-installation.js';
import { startTestService, type TestService } from '../support/service.js';

const INSTALLATIONS = '/admin/v1/installations';

const CERTIFICATION = {
  certifiedBy: 'HR',
  certifiedAt: '2026-11-22T00:00:00Z',
  statement: 'With the consent of the candidate.',
};

const DECEIVING = Array.from(
  '\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\n\r\t\u001B\u007F\u0085\u2028\u2029',
);

describe('names that people type', () => {
  let service: TestService;
  let installation: string;
  beforeAll(async () => {
    service = await startTestService();
    installation = `${INSTALLATIONS}/${await createInstallation(service)}`;
  });
  afterAll(() => service.stop());

  const read = async (): Promise<{ settingsVersion: number; name: string }> =>
    (await service.admin.get(installation).expect(200)).body as { settingsVersion: number; name: string };

  const change = async (body: object) =>
    service.admin
      .patch(installation)
      .set('if-match', `"${(await read()).settingsVersion}"`)
      .send(body);

  const refusalOf = (path: string): object => ({
    code: 'invalid_request',
    errors: [
      {
        path,
        message: `${path.split('.').at(-1)} must not be blank, nor hold control characters or marks that turn the direction of writing`,
      },
    ],
  });

  it.each(DECEIVING.map((sign) => [(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0'), sign]))(
    'are refused where U+%s in them could make one look like another',
    async (_shown, sign) => {
      const name = `Acme${sign} (test)`;
      const key = await service.admin.post('/admin/v1/keys').send({ name, role: 'viewer' });
      expect({ status: key.status, body: key.body as object }).toMatchObject({
        status: 400,
        body: refusalOf('name'),
      });
      const renamed = await change({ name });
      expect({ status: renamed.status, body: renamed.body as object }).toMatchObject({
        status: 400,
        body: refusalOf('name'),
      });
      const certified = await change({ certification: { ...CERTIFICATION, certifiedBy: name } });
      expect({ status: certified.status, body: certified.body as object }).toMatchObject({
        status: 400,
        body: refusalOf('certification.certifiedBy'),
      });
    },
  );

  it('are taken in any script, also one that is written from right to left', async () => {
    for (const name of [
      'Žižek & Söhne',
      'אקמי בע״מ',
      'شركة أكمي',
      '株式会社アクメ',
      'Acme \u{1F9D1}\u200D\u{1F680}',
    ]) {
      await service.admin.post('/admin/v1/keys').send({ name, role: 'viewer' }).expect(201);
      expect((await change({ name })).status, name).toBe(200);
      expect((await read()).name).toBe(name);
      expect((await change({ certification: { ...CERTIFICATION, certifiedBy: name } })).status).toBe(200);
    }
  });
});
