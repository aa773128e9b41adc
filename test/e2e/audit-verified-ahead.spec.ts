import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditVerifications } from '../../src/audit/audit-verifications.js';
import { createInstallation } from '../support/new-installation.js';
import { eventually } from '../support/eventually.js';
import { startTestService, type TestService } from '../support/service.js';

const HOUR_MS = 3_600_000;

describe('an audit trail that was verified while a clock was ahead', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService({ METRICS_FRESH_SECONDS: '1' });
    await createInstallation(service);
  });
  beforeEach(() => service.database.query('DELETE FROM audit_verifications'));
  afterEach(async () => {
    service.clock.goAstray(0);
    await tamper(`replace(actor, 'intruder of ', '')`);
  });
  afterAll(() => service.stop());

  const verify = (): Promise<void> => service.part(AuditVerifications).handle();

  /** As a superuser, whom no trigger keeps from it. */
  const tamper = (actor: string): Promise<void> =>
    service.database.transaction(async (manager) => {
      await manager.query('SET LOCAL session_replication_role = replica');
      await manager.query(`UPDATE audit_entries SET actor = ${actor} WHERE seq = 1`);
    });

  /** What Prometheus is told of the trail. */
  const isWhole = async (): Promise<string | undefined> => {
    const { text } = await service.anyone.get('/metrics').expect(200);
    return /^bgc_audit_whole(?:\{[^}]*\})? (\d)$/m.exec(text)?.[1];
  };

  it.each([
    ['by a process whose clock was ahead', '0'],
    ['at a time that is yet to come, as releases before wrote it', '6'],
  ])('is told to be broken, though it was whole when it was verified %s (A2)', async (_when, hours) => {
    service.clock.goAstray(6 * HOUR_MS);
    await verify();
    service.clock.goAstray(0);
    await service.database.query(`UPDATE audit_verifications SET at = at + $1 * interval '1 hour'`, [hours]);
    await eventually(async () => expect(await isWhole()).toBe('1'));
    await tamper(`'intruder of ' || actor`);
    await verify();
    await eventually(async () => expect(await isWhole()).toBe('0'));
  });
});
