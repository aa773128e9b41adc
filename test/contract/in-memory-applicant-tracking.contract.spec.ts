import { InMemoryApplicantTracking } from '../support/in-memory-applicant-tracking.js';
import { applicantTrackingContract, type TrackingWorld } from './applicant-tracking.contract.js';

async function inMemory(): Promise<TrackingWorld> {
  const installationId = 'installation-1';
  const tracking = new InMemoryApplicantTracking([installationId]);
  return {
    tracking,
    installationId,
    stageIds: ['stage-1', 'stage-2'],
    addPosting: async (posting) => tracking.putPosting(posting).id,
    addOpportunity: async (opportunity) =>
      tracking.put({ ...opportunity, stageId: 'stage-1', stageEnteredAt: new Date() }).id,
    async move(id, stageId) {
      tracking.put({ id, stageId, stageEnteredAt: new Date() });
    },
    async archive(id) {
      tracking.put({ id, archived: true });
    },
    async remove(id) {
      tracking.remove(id);
    },
    async writeNotes(id, texts) {
      const endsBy = new Date(Date.now() + 60_000);
      for (const text of texts) await tracking.addNote(installationId, id, { text, secret: false }, endsBy);
    },
    notesOf: async (id) => tracking.notesOf(id),
    filesOf: async (id) => tracking.filesOf(id),
    failNext: async (planned) => tracking.plan.failNext(planned),
    stop: () => Promise.resolve(),
  };
}

applicantTrackingContract('the stand-in', inMemory);
