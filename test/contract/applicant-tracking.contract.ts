import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotConnected } from '../../src/installations/vendor-credentials.js';
import type {
  ApplicantTracking,
  NewFile,
  NewNote,
  Posting,
} from '../../src/orders/ports/applicant-tracking.js';
import { UPSTREAM_FAILURES } from '../../src/platform/errors/upstream-error.js';
import { failureOf } from '../support/failure-of.js';
import type { PlannedFailure } from '../support/failure-plan.js';

const HOUR_MS = 3_600_000;

export interface OpportunityToAdd {
  name: string;
  emails?: string[];
  phones?: string[];
  tags?: string[];
  postingId?: string;
  location?: string;
}

/** An applicant tracking system, with what the suite needs to play the recruiter. */
export interface TrackingWorld {
  tracking: ApplicantTracking;
  /** One that is connected. */
  installationId: string;
  /** Two stages; opportunities start in the first. */
  stageIds: readonly [string, string];
  addPosting(posting: Omit<Posting, 'id'>): Promise<string>;
  addOpportunity(opportunity: OpportunityToAdd): Promise<string>;
  move(opportunityId: string, stageId: string): Promise<void>;
  archive(opportunityId: string): Promise<void>;
  remove(opportunityId: string): Promise<void>;
  writeNotes(opportunityId: string, texts: readonly string[]): Promise<void>;
  notesOf(opportunityId: string): Promise<readonly NewNote[]>;
  filesOf(opportunityId: string): Promise<readonly { name: string; size: number }[]>;
  failNext(planned: PlannedFailure): Promise<void>;
  stop(): Promise<void>;
}

/** What every `ApplicantTracking` must do. */
export function applicantTrackingContract(name: string, start: () => Promise<TrackingWorld>): void {
  describe(`${name} as an applicant tracking system`, () => {
    let world: TrackingWorld;
    let tracking: ApplicantTracking;
    let installation: string;

    beforeAll(async () => {
      world = await start();
      ({ tracking, installationId: installation } = world);
    });

    afterAll(() => world.stop());

    const inTime = () => new Date(Date.now() + HOUR_MS);
    const addNote = (id: string, note: NewNote) => tracking.addNote(installation, id, note, inTime());
    const attachFile = (id: string, given: NewFile) => tracking.attachFile(installation, id, given, inTime());
    const ana = () => world.addOpportunity({ name: 'Ana Ruiz', tags: ['Veteran'] });
    const read = async (id: string) => {
      const found = await tracking.readOpportunity(installation, id);
      if (found === null) throw new Error('the opportunity is missing');
      return found;
    };

    describe('opportunities', () => {
      it('are read as they are', async () => {
        const postingId = await world.addPosting({
          title: 'Driver',
          department: 'Fleet',
          location: 'Reno, NV',
        });
        const id = await world.addOpportunity({
          name: 'Ana Ruiz',
          emails: ['ana@example.com', 'second@example.com'],
          phones: ['(415) 555-2671'],
          tags: ['Veteran', 'Product: X'],
          postingId,
          location: 'Oakland, CA',
        });
        const found = await read(id);
        expect(found).toMatchObject({
          id,
          stageId: world.stageIds[0],
          archived: false,
          anonymized: false,
          name: 'Ana Ruiz',
          emails: ['ana@example.com', 'second@example.com'],
          phones: ['(415) 555-2671'],
          postingId,
          location: 'Oakland, CA',
        });
        expect(found.tags).toEqual(expect.arrayContaining(['Veteran', 'Product: X']));
        expect(found.stageEnteredAt).toBeInstanceOf(Date);
      });

      it('may have neither job nor contact data', async () => {
        const id = await world.addOpportunity({ name: 'Lee' });
        expect(await read(id)).toMatchObject({
          emails: [],
          phones: [],
          tags: [],
          postingId: null,
          location: null,
        });
      });

      it('show the stage they were moved to', async () => {
        const id = await ana();
        const before = (await read(id)).stageEnteredAt?.getTime();
        await world.move(id, world.stageIds[1]);
        const moved = await read(id);
        expect(moved.stageId).toBe(world.stageIds[1]);
        expect(moved.stageEnteredAt?.getTime()).toBeGreaterThanOrEqual(before ?? NaN);
      });

      it('show that they are archived', async () => {
        const id = await ana();
        await world.archive(id);
        expect(await read(id)).toMatchObject({ archived: true });
      });

      it('are null when they do not exist, or do not any more', async () => {
        const id = await ana();
        await world.remove(id);
        for (const missing of [id, 'no-such-id', '..', '']) {
          expect(await tracking.readOpportunity(installation, missing)).toBeNull();
        }
      });
    });

    describe('postings', () => {
      it('have a title, and a department and location where they are known', async () => {
        const full = { title: 'Driver', department: 'Fleet', location: 'Reno, NV' };
        const bare = { title: 'Helper', department: null, location: null };
        for (const posting of [full, bare]) {
          const id = await world.addPosting(posting);
          expect(await tracking.readPosting(installation, id)).toEqual({ id, ...posting });
        }
      });

      it('are null when they do not exist', async () => {
        expect(await tracking.readPosting(installation, 'no-such-id')).toBeNull();
      });
    });

    describe('tags', () => {
      it('are added to those there are, once, and tell case apart', async () => {
        const id = await ana();
        const added = await tracking.addTags(installation, id, ['A', 'B']);
        expect(added.tags).toEqual(['Veteran', 'A', 'B']);
        const more = await tracking.addTags(installation, id, ['B', 'b']);
        expect(more.tags).toEqual(['Veteran', 'A', 'B', 'b']);
        expect((await read(id)).tags).toEqual(['Veteran', 'A', 'B', 'b']);
      });

      it('are removed, and no others with them', async () => {
        const id = await ana();
        await tracking.addTags(installation, id, ['A', 'B']);
        const removed = await tracking.removeTags(installation, id, ['A', 'veteran']);
        expect(removed.tags).toEqual(['Veteran', 'B']);
        const again = await tracking.removeTags(installation, id, ['A']);
        expect(again.tags).toEqual(['Veteran', 'B']);
      });

      it('are rejected on an opportunity that does not exist', async () => {
        for (const change of ['addTags', 'removeTags'] as const) {
          expect(await failureOf(tracking[change](installation, 'no-such-id', ['A']))).toMatchObject({
            failure: 'rejected',
            status: 404,
          });
        }
      });

      it.each(['addTags', 'removeTags'] as const)(
        'tell by the way where the candidate stands: %s (T7)',
        async (change) => {
          const id = await ana();
          const [first, second] = world.stageIds;
          const changed = await tracking[change](installation, id, ['A']);
          expect(changed.whereabouts).toEqual({ stageId: first, archived: false });
          await world.move(id, second);
          await world.archive(id);
          const later = await tracking[change](installation, id, ['B']);
          expect(later.whereabouts).toEqual({ stageId: second, archived: true });
        },
      );

      it('leave name and contact data alone', async () => {
        const id = await world.addOpportunity({ name: 'Ana Ruiz', emails: ['ana@example.com'] });
        await tracking.addTags(installation, id, ['A']);
        expect(await read(id)).toMatchObject({ name: 'Ana Ruiz', emails: ['ana@example.com'] });
      });
    });

    describe('notes', () => {
      it.each([true, false])('are kept as written, secret: %s', async (secret) => {
        const id = await ana();
        const text = 'First line\nSecond line – é';
        await addNote(id, { text, secret });
        expect(await world.notesOf(id)).toMatchObject([{ text, secret }]);
      });

      it('are found by a reference in their text', async () => {
        const id = await ana();
        await addNote(id, { text: 'Another (ref 1)', secret: false });
        const noteId = await addNote(id, { text: 'Done. (ref 2)', secret: true });
        expect(await tracking.findNote(installation, id, 'ref 2')).toBe(noteId);
        expect(await tracking.findNote(installation, id, 'ref 3')).toBeNull();
      });

      it('are found among more than a page of others', async () => {
        const id = await ana();
        const noteId = await addNote(id, { text: 'Done. (ref 2)', secret: true });
        const others = Array.from({ length: 230 }, (_, n) => `Remark ${n}`);
        await world.writeNotes(id, others);
        expect(await tracking.findNote(installation, id, 'ref 2')).toBe(noteId);
        expect(await tracking.findNote(installation, id, 'Remark 0')).not.toBeNull();
        expect(await tracking.findNote(installation, id, 'ref 3')).toBeNull();
      });

      it('are found, all of them, by what their texts are', async () => {
        const id = await ana();
        const noteIds = [
          await addNote(id, { text: 'Done. (ref 1)', secret: true }),
          await addNote(id, { text: 'Changed. (ref 1)', secret: true }),
        ];
        await world.writeNotes(
          id,
          Array.from({ length: 230 }, (_, n) => `Remark ${n}`),
        );
        const found = await tracking.findNotes(installation, id, (text) => text.endsWith('(ref 1)'));
        expect(found.toSorted()).toEqual(noteIds.toSorted());
        expect(await tracking.findNotes(installation, id, (text) => text === 'Remark')).toEqual([]);
      });

      it('are removed, and that may be repeated (A3)', async () => {
        const id = await ana();
        await addNote(id, { text: 'Stays.', secret: false });
        const noteId = await addNote(id, { text: 'Goes. (ref 2)', secret: true });
        await tracking.removeNote(installation, id, noteId);
        await tracking.removeNote(installation, id, noteId);
        expect(await world.notesOf(id)).toMatchObject([{ text: 'Stays.' }]);
        await tracking.removeNote(installation, 'no-such-id', noteId);
      });

      it('are there when only the answer was lost, and can be found (F1)', async () => {
        const id = await ana();
        await world.failNext({ failure: 'unreachable', afterWork: true });
        const adding = addNote(id, { text: 'Done. (ref 2)', secret: true });
        expect(await failureOf(adding)).toMatchObject({ failure: 'unreachable', fate: 'unknown' });
        expect(await tracking.findNote(installation, id, 'ref 2')).not.toBeNull();
      });

      it('are not there when the call never got to work', async () => {
        const id = await ana();
        await world.failNext({ failure: 'unavailable' });
        const adding = addNote(id, { text: 'Done. (ref 2)', secret: true });
        expect(await failureOf(adding)).toMatchObject({ failure: 'unavailable', fate: 'unknown' });
        expect(await tracking.findNote(installation, id, 'ref 2')).toBeNull();
      });

      it('are not begun where they could not have ended in time (F1)', async () => {
        const id = await ana();
        const late = new Date(Date.now() - 1);
        const adding = tracking.addNote(installation, id, { text: 'Done.', secret: true }, late);
        expect(await failureOf(adding)).toMatchObject({ failure: 'timed_out', fate: 'not_sent' });
        expect(await world.notesOf(id)).toEqual([]);
      });
    });

    describe('files', () => {
      const file = { name: 'check-1.pdf', content: Buffer.from('%PDF-1.4\n%%EOF') };

      it('are kept, and found by their name (R5)', async () => {
        const id = await ana();
        expect(await tracking.findFile(installation, id, file.name)).toBeNull();
        const fileId = await attachFile(id, file);
        expect(await tracking.findFile(installation, id, file.name)).toBe(fileId);
        expect(await tracking.findFile(installation, id, 'check')).toBeNull();
        expect(await world.filesOf(id)).toMatchObject([{ name: file.name, size: file.content.length }]);
      });

      it('are found, all of them, by what their names are', async () => {
        const id = await ana();
        const fileIds = [await attachFile(id, file), await attachFile(id, { ...file, name: 'check-2.pdf' })];
        await attachFile(id, { ...file, name: 'other.pdf' });
        const found = await tracking.findFiles(installation, id, (name) => name.startsWith('check-'));
        expect(found.toSorted()).toEqual(fileIds.toSorted());
      });

      it('are there when only the answer was lost, and can be found (F1)', async () => {
        const id = await ana();
        await world.failNext({ failure: 'unreachable', afterWork: true });
        const attaching = attachFile(id, file);
        expect(await failureOf(attaching)).toMatchObject({ failure: 'unreachable', fate: 'unknown' });
        expect(await tracking.findFile(installation, id, file.name)).not.toBeNull();
      });

      it('are removed, and that may be repeated (A3)', async () => {
        const id = await ana();
        await attachFile(id, { ...file, name: 'stays.pdf' });
        const fileId = await attachFile(id, file);
        await tracking.removeFile(installation, id, fileId);
        await tracking.removeFile(installation, id, fileId);
        expect(await world.filesOf(id)).toMatchObject([{ name: 'stays.pdf' }]);
        await tracking.removeFile(installation, 'no-such-id', fileId);
      });

      it('are not begun where they could not have ended in time (F1)', async () => {
        const id = await ana();
        const attaching = tracking.attachFile(installation, id, file, new Date(Date.now() - 1));
        expect(await failureOf(attaching)).toMatchObject({ failure: 'timed_out', fate: 'not_sent' });
        expect(await world.filesOf(id)).toEqual([]);
      });

      it('are rejected on an opportunity that does not exist', async () => {
        const attaching = attachFile('no-such-id', file);
        expect(await failureOf(attaching)).toMatchObject({ failure: 'rejected', status: 404 });
      });
    });

    describe('failures', () => {
      it.each(UPSTREAM_FAILURES)('come as %s, and pass (F2)', async (failure) => {
        const id = await ana();
        await world.failNext({ failure });
        expect(await failureOf(tracking.readOpportunity(installation, id))).toMatchObject({
          failure,
          vendor: 'Lever',
          operation: 'GET /opportunities/:id',
        });
        expect(await read(id)).toMatchObject({ id });
      });

      it('are NotConnected for an installation without credentials', async () => {
        await expect(tracking.readOpportunity('nobody', 'x')).rejects.toThrow(NotConnected);
        await expect(tracking.addTags('nobody', 'x', ['A'])).rejects.toThrow(NotConnected);
        await expect(tracking.demandAccess('nobody')).rejects.toThrow(NotConnected);
        await expect(tracking.demandAccess(installation)).resolves.toBeUndefined();
      });
    });
  });
}
