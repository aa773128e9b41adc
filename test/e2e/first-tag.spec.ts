import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Play } from '../support/play.js';
import { startTestService, type TestService } from '../support/service.js';

describe('the first tag of an opportunity', () => {
  let service: TestService;
  let play: Play;

  beforeAll(async () => {
    service = await startTestService();
    play = new Play(service);
    await play.setUp();
  });
  afterAll(() => service.stop());

  // Found by chaos, seed 12: what was only written down as possible was taken for what is shown.
  it('comes although the first try to add it fails (F1, S1)', async () => {
    const match = { method: 'POST', path: '/addTags$' };
    await play.drive('POST', '/faults', { vendor: 'lever', match, kind: 'status', status: 503 });
    const opportunityId = await play.candidate({ emails: [] });
    await play.move(opportunityId);
    const { notes } = await play.untilStatus(opportunityId, 'Rejected');
    expect(notes).toHaveLength(1);
  });
});
