import { Inject, Injectable } from '@nestjs/common';
import {
  ApplicantTracking,
  CONFIDENTIAL_ACCESS,
  type NewFile,
  type NewNote,
  type Opportunity,
  type Posting,
  type TagsAfterChange,
} from '../orders/ports/applicant-tracking.js';
import { Clock } from '../platform/clock.js';
import { UpstreamError, type RequestFate } from '../platform/errors/upstream-error.js';
import { ExpiringCache } from '../platform/http/expiring-cache.js';
import type { LeverAccount } from './lever-account.js';
import { LeverAccounts } from './lever-accounts.js';
import { isForbidden, LeverClient } from './lever-client.js';
import { OwnAccount } from './own-account.js';
import type { ChangedTags, LeverOpportunity, LeverPosting } from './lever-schemas.js';

/** How a candidacy for several locations is marked while none is chosen. */
const NO_LOCATION_CHOSEN = 'unspecified';

/** Lever as the applicant tracking system of an installation. */
@Injectable()
export class LeverApplicantTracking extends ApplicantTracking {
  private readonly postings: ExpiringCache<Posting>;

  constructor(
    private readonly accounts: LeverAccounts,
    private readonly client: LeverClient,
    clock: Clock,
    @Inject(OwnAccount) private readonly ownAccount: Pick<OwnAccount, 'demand'>,
  ) {
    super();
    this.postings = new ExpiringCache({ ttlMs: 10 * 60_000, maxEntries: 5_000 }, clock);
  }

  override demandAccess(installationId: string): Promise<void> {
    // Tokens that have run out are renewed by it: what comes next could not be done with them either.
    return this.with(installationId, () => Promise.resolve());
  }

  override readOpportunity(installationId: string, opportunityId: string): Promise<Opportunity | null> {
    return this.with(installationId, async (account) => {
      const found = await nullWhenMissing(() => this.getOpportunity(account, opportunityId));
      if (found === null) {
        await this.ownAccount.demand(installationId, account);
        return null;
      }
      // Of an application that is not there the posting is unknown; the opportunity is there all the same.
      const postingId = await nullWhenMissing(() => this.postingIdOf(account, found));
      return opportunityOf(found, postingId);
    });
  }

  override readPosting(
    installationId: string,
    postingId: string,
    { since }: { since?: Date | undefined } = {},
  ): Promise<Posting | null> {
    const load = () =>
      this.with(installationId, async (account) =>
        postingOf(await this.client.getPosting(account, postingId)),
      );
    return nullWhenMissing(() => this.postings.getSince(`${installationId} ${postingId}`, load, since));
  }

  override addTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange> {
    return this.with(installationId, (account) =>
      this.orReadBack(
        account,
        opportunityId,
        this.changeTags('addTags', account, opportunityId, tags),
        (now) => tags.every((tag) => now.includes(tag)),
      ),
    );
  }

  override removeTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange> {
    return this.with(installationId, (account) =>
      this.orReadBack(
        account,
        opportunityId,
        this.changeTags('removeTags', account, opportunityId, tags),
        (now) => !tags.some((tag) => now.includes(tag)),
      ),
    );
  }

  override addNote(
    installationId: string,
    opportunityId: string,
    note: NewNote,
    endsBy: Date,
  ): Promise<string> {
    const { text: value, secret } = note;
    return this.with(installationId, (account) =>
      this.client.createNote(account, opportunityId, { value, secret }, endsBy),
    );
  }

  override findNote(
    installationId: string,
    opportunityId: string,
    reference: string,
  ): Promise<string | null> {
    return this.with(installationId, async (account) => {
      for await (const note of this.client.listNotes(account, opportunityId)) {
        if (note.texts.some((text) => text.includes(reference))) return note.id;
      }
      return null;
    });
  }

  override findNotes(
    installationId: string,
    opportunityId: string,
    isWanted: (text: string) => boolean,
  ): Promise<string[]> {
    return this.with(installationId, async (account) => {
      const found: string[] = [];
      for await (const { id, texts } of this.client.listNotes(account, opportunityId)) {
        if (texts.some((text) => isWanted(text))) found.push(id);
      }
      return found;
    });
  }

  override async removeNote(installationId: string, opportunityId: string, noteId: string): Promise<void> {
    await this.with(installationId, (account) =>
      this.orUnlisted(
        this.client.deleteNote(account, opportunityId, noteId),
        () => this.client.listNotes(account, opportunityId),
        { installationId, opportunityId, id: noteId },
      ),
    );
  }

  override attachFile(
    installationId: string,
    opportunityId: string,
    file: NewFile,
    endsBy: Date,
  ): Promise<string> {
    return this.with(installationId, (account) =>
      this.client.uploadFile(account, opportunityId, file, endsBy),
    );
  }

  override findFile(installationId: string, opportunityId: string, name: string): Promise<string | null> {
    return this.with(installationId, async (account) => {
      for await (const file of this.client.listFiles(account, opportunityId)) {
        if (file.name === name) return file.id;
      }
      return null;
    });
  }

  override findFiles(
    installationId: string,
    opportunityId: string,
    isWanted: (name: string) => boolean,
  ): Promise<string[]> {
    return this.with(installationId, async (account) => {
      const found: string[] = [];
      for await (const { id, name } of this.client.listFiles(account, opportunityId)) {
        if (isWanted(name)) found.push(id);
      }
      return found;
    });
  }

  override async removeFile(installationId: string, opportunityId: string, fileId: string): Promise<void> {
    await this.with(installationId, (account) =>
      this.orUnlisted(
        this.client.deleteFile(account, opportunityId, fileId),
        () => this.client.listFiles(account, opportunityId),
        { installationId, opportunityId, id: fileId },
      ),
    );
  }

  /** What Lever does not find when it is to be deleted is gone, unless Lever lists it all the same. */
  private async orUnlisted(
    deletion: Promise<void>,
    list: () => AsyncIterable<{ id: string; isDeleted?: boolean }>,
    removed: { installationId: string; opportunityId: string; id: string },
  ): Promise<void> {
    try {
      await deletion;
    } catch (error) {
      if (!(error instanceof UpstreamError && isMissing(error))) throw error;
      if (await this.isListed(list, removed)) throw error;
    }
  }

  private async isListed(
    list: () => AsyncIterable<{ id: string; isDeleted?: boolean }>,
    { installationId, opportunityId, id }: { installationId: string; opportunityId: string; id: string },
  ): Promise<boolean> {
    try {
      for await (const one of list()) if (one.id === id) return one.isDeleted !== true;
      return false;
    } catch (error) {
      // Who may not look takes Lever's word.
      if (isForbidden(error)) return false;
      if (!(error instanceof UpstreamError && isMissing(error))) throw error;
      return (await this.readOpportunity(installationId, opportunityId)) !== null;
    }
  }

  private async changeTags(
    change: 'addTags' | 'removeTags',
    account: LeverAccount,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange> {
    const changed: ChangedTags = await this.client[change](account, opportunityId, tags);
    if (changed.opportunityId !== null && !isSameId(changed.opportunityId, opportunityId)) {
      throw another('opportunity', `POST /opportunities/:id/${change}`, 'unknown');
    }
    return { tags: changed.tags, whereabouts: changed.whereabouts };
  }

  /** An answer to a change that does not tell the tags is no failure where the opportunity shows that they were changed. */
  private async orReadBack(
    account: LeverAccount,
    opportunityId: string,
    change: Promise<TagsAfterChange>,
    isMade: (tags: readonly string[]) => boolean,
  ): Promise<TagsAfterChange> {
    try {
      return await change;
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.failure !== 'malformed') throw error;
      const { tags } = await this.getOpportunity(account, opportunityId);
      if (!isMade(tags)) throw error;
      return { tags, whereabouts: null };
    }
  }

  private async with<T>(installationId: string, work: (account: LeverAccount) => Promise<T>): Promise<T> {
    return work(await this.accounts.of(installationId));
  }

  /** Lever refuses a confidential opportunity as it does a missing permission; only other ones tell the two apart. */
  private async getOpportunity(account: LeverAccount, opportunityId: string): Promise<LeverOpportunity> {
    let found: LeverOpportunity;
    try {
      found = await this.client.getOpportunity(account, opportunityId);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      await this.client.probeOpportunities(account);
      throw new UpstreamError(error.failure, { ...error.details, permission: CONFIDENTIAL_ACCESS });
    }
    if (!isSameId(found.id, opportunityId))
      throw another('opportunity', 'GET /opportunities/:id', 'answered');
    return found;
  }

  /** It is unproven that every account gets its applications expanded; a bare id is looked up. */
  private async postingIdOf(
    account: LeverAccount,
    { id, application }: LeverOpportunity,
  ): Promise<string | null> {
    if (typeof application !== 'string') return application?.posting ?? null;
    const found = await this.client.getApplication(account, id, application);
    if (!isSameId(found.id, application)) {
      throw another('application', 'GET /opportunities/:id/applications/:application', 'answered');
    }
    return found.posting;
  }
}

function opportunityOf(found: LeverOpportunity, postingId: string | null): Opportunity {
  const { opportunityLocation } = found;
  return {
    id: found.id,
    stageId: found.stage,
    stageEnteredAt: stageEnteredAt(found),
    archived: found.isArchived,
    anonymized: found.isAnonymized === true,
    name: found.name,
    emails: found.emails,
    phones: found.phones,
    tags: found.tags,
    postingId,
    location: opportunityLocation === NO_LOCATION_CHOSEN ? null : opportunityLocation,
  };
}

/** When the stage it is in was entered last: a candidate can come back to one. */
function stageEnteredAt({ stage, stageChanges }: LeverOpportunity): Date | null {
  const timesMs = stageChanges
    .filter(({ toStageId }) => stage !== null && toStageId === stage)
    .flatMap(({ updatedAt }) => updatedAt?.getTime() ?? []);
  return timesMs.length === 0 ? null : new Date(Math.max(...timesMs));
}

function postingOf({ id, text, categories }: LeverPosting): Posting {
  return {
    id,
    title: text,
    department: categories?.department ?? null,
    location: categories?.location ?? (categories?.allLocations[0]?.trim() || null),
  };
}

const isSameId = (given: string, asked: string): boolean => given.toLowerCase() === asked.toLowerCase();

/** What it says is of somebody else, who must not be checked, or shown as checked, for this one; no case of it is documented. */
const another = (what: 'opportunity' | 'application', operation: string, fate: RequestFate): UpstreamError =>
  new UpstreamError('malformed', { vendor: 'Lever', operation, fate, code: `another_${what}` });

/** An id that cannot even be asked for does not exist either. */
async function nullWhenMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UpstreamError && isMissing(error)) return null;
    throw error;
  }
}

const isMissing = ({ failure, details }: UpstreamError): boolean =>
  failure === 'rejected' && (details.status === 404 || details.code === 'unusable_id');
