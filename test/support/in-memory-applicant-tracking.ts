import { randomUUID } from 'node:crypto';
import { NotConnected } from '../../src/installations/vendor-credentials.js';
import {
  ApplicantTracking,
  type NewFile,
  type NewNote,
  type Opportunity,
  type Posting,
  type TagsAfterChange,
} from '../../src/orders/ports/applicant-tracking.js';
import { FailurePlan } from './failure-plan.js';

export interface StoredNote extends NewNote {
  id: string;
}

export interface StoredFile {
  id: string;
  name: string;
  size: number;
}

interface Held {
  opportunity: Opportunity;
  notes: StoredNote[];
  files: StoredFile[];
}

const BLANK: Omit<Opportunity, 'id'> = {
  stageId: null,
  stageEnteredAt: null,
  archived: false,
  anonymized: false,
  name: '',
  emails: [],
  phones: [],
  tags: [],
  postingId: null,
  location: null,
};

/** An applicant tracking system in memory; the contract suite keeps it honest. */
export class InMemoryApplicantTracking extends ApplicantTracking {
  readonly plan = new FailurePlan('Lever');
  private readonly opportunities = new Map<string, Held>();
  private readonly postings = new Map<string, Posting>();

  constructor(private readonly connected: readonly string[]) {
    super();
  }

  /** Adds an opportunity, or changes the one of that id. */
  put(changes: Partial<Opportunity>): Opportunity {
    const id = changes.id ?? randomUUID();
    const known = this.opportunities.get(id);
    const opportunity = { ...BLANK, ...known?.opportunity, ...changes, id };
    this.opportunities.set(id, { opportunity, notes: known?.notes ?? [], files: known?.files ?? [] });
    return opportunity;
  }

  putPosting(posting: Omit<Posting, 'id'>): Posting {
    const stored = { ...posting, id: randomUUID() };
    this.postings.set(stored.id, stored);
    return stored;
  }

  remove(opportunityId: string): void {
    this.opportunities.delete(opportunityId);
  }

  /** Oldest first. */
  notesOf(opportunityId: string): readonly StoredNote[] {
    return this.opportunities.get(opportunityId)?.notes ?? [];
  }

  /** Oldest first. */
  filesOf(opportunityId: string): readonly StoredFile[] {
    return this.opportunities.get(opportunityId)?.files ?? [];
  }

  override async demandAccess(installationId: string): Promise<void> {
    this.demandConnected(installationId);
  }

  override async readOpportunity(installationId: string, opportunityId: string): Promise<Opportunity | null> {
    return this.call(installationId, 'GET /opportunities/:id', () => {
      const found = this.opportunities.get(opportunityId);
      return found === undefined ? null : structuredClone(found.opportunity);
    });
  }

  override async readPosting(installationId: string, postingId: string): Promise<Posting | null> {
    return this.call(installationId, 'GET /postings/:id', () => this.postings.get(postingId) ?? null);
  }

  override async addTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange> {
    const operation = 'POST /opportunities/:id/addTags';
    return this.call(installationId, operation, () => {
      const { opportunity } = this.held(opportunityId, operation);
      return this.withTags(opportunityId, [...new Set([...opportunity.tags, ...tags])]);
    });
  }

  override async removeTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange> {
    const operation = 'POST /opportunities/:id/removeTags';
    return this.call(installationId, operation, () => {
      const { opportunity } = this.held(opportunityId, operation);
      return this.withTags(
        opportunityId,
        opportunity.tags.filter((tag) => !tags.includes(tag)),
      );
    });
  }

  private withTags(id: string, tags: readonly string[]): TagsAfterChange {
    const { stageId, archived } = this.put({ id, tags });
    return { tags, whereabouts: { stageId, archived } };
  }

  override async addNote(
    installationId: string,
    opportunityId: string,
    note: NewNote,
    endsBy: Date,
  ): Promise<string> {
    const operation = 'POST /opportunities/:id/notes';
    return this.call(installationId, operation, () => {
      this.plan.inTime(operation, endsBy);
      const id = randomUUID();
      this.held(opportunityId, operation).notes.push({ ...note, id });
      return id;
    });
  }

  override async findNote(
    installationId: string,
    opportunityId: string,
    reference: string,
  ): Promise<string | null> {
    const operation = 'GET /opportunities/:id/notes';
    return this.call(installationId, operation, () => {
      const { notes } = this.held(opportunityId, operation);
      return notes.find(({ text }) => text.includes(reference))?.id ?? null;
    });
  }

  override async findNotes(
    installationId: string,
    opportunityId: string,
    isWanted: (text: string) => boolean,
  ): Promise<string[]> {
    const operation = 'GET /opportunities/:id/notes';
    return this.call(installationId, operation, () => {
      const { notes } = this.held(opportunityId, operation);
      return notes.filter(({ text }) => isWanted(text)).map(({ id }) => id);
    });
  }

  override async removeNote(installationId: string, opportunityId: string, noteId: string): Promise<void> {
    this.call(installationId, 'DELETE /opportunities/:id/notes/:note', () => {
      const held = this.opportunities.get(opportunityId);
      if (held) held.notes = held.notes.filter(({ id }) => id !== noteId);
    });
  }

  override async attachFile(
    installationId: string,
    opportunityId: string,
    file: NewFile,
    endsBy: Date,
  ): Promise<string> {
    const operation = 'POST /opportunities/:id/files';
    return this.call(installationId, operation, () => {
      this.plan.inTime(operation, endsBy);
      const id = randomUUID();
      this.held(opportunityId, operation).files.push({ id, name: file.name, size: file.content.length });
      return id;
    });
  }

  override async findFile(
    installationId: string,
    opportunityId: string,
    name: string,
  ): Promise<string | null> {
    const operation = 'GET /opportunities/:id/files';
    return this.call(installationId, operation, () => {
      const { files } = this.held(opportunityId, operation);
      return files.find((file) => file.name === name)?.id ?? null;
    });
  }

  override async findFiles(
    installationId: string,
    opportunityId: string,
    isWanted: (name: string) => boolean,
  ): Promise<string[]> {
    const operation = 'GET /opportunities/:id/files';
    return this.call(installationId, operation, () => {
      const { files } = this.held(opportunityId, operation);
      return files.filter(({ name }) => isWanted(name)).map(({ id }) => id);
    });
  }

  override async removeFile(installationId: string, opportunityId: string, fileId: string): Promise<void> {
    this.call(installationId, 'DELETE /opportunities/:id/files/:file', () => {
      const held = this.opportunities.get(opportunityId);
      if (held) held.files = held.files.filter(({ id }) => id !== fileId);
    });
  }

  private call<T>(installationId: string, operation: string, work: () => T): T {
    this.demandConnected(installationId);
    return this.plan.run(operation, work);
  }

  private demandConnected(installationId: string): void {
    if (!this.connected.includes(installationId)) throw new NotConnected(installationId, 'Lever');
  }

  private held(opportunityId: string, operation: string): Held {
    return this.opportunities.get(opportunityId) ?? this.plan.missing(operation);
  }
}
