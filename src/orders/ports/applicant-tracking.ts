/** One candidacy as the applicant tracking system has it now. */
export interface Opportunity {
  id: string;
  stageId: string | null;
  /** When it entered the stage it is in, if the system says so. */
  stageEnteredAt: Date | null;
  archived: boolean;
  anonymized: boolean;
  name: string;
  emails: readonly string[];
  phones: readonly string[];
  tags: readonly string[];
  /** The posting of its application; null for a lead without one. */
  postingId: string | null;
  /** The job's location chosen for this candidacy; null when absent or unspecified. */
  location: string | null;
}

/** Where a candidacy stands in the recruiters' process. */
export type Whereabouts = Pick<Opportunity, 'stageId' | 'archived'>;

export interface TagsAfterChange {
  /** All that are on the opportunity. */
  tags: readonly string[];
  /** What the answer happens to tell besides; a hint, and null where it does not. */
  whereabouts: Whereabouts | null;
}

export interface Posting {
  id: string;
  title: string;
  department: string | null;
  location: string | null;
}

export interface NewNote {
  text: string;
  /** Visible only to people with the right to see sensitive information. */
  secret: boolean;
}

/** What the credentials must be granted, in Lever, to read the opportunities of confidential jobs. */
export const CONFIDENTIAL_ACCESS = 'confidential:access:admin';

export interface NewFile {
  /** By which `findFile` finds it again; people see it. */
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

/**
 * The applicant tracking system of an installation. Every method throws `UpstreamError`, and `NotConnected`
 * when the installation has no working credentials.
 */
export abstract class ApplicantTracking {
  /**
   * That there are credentials to work with, as far as is known without a call for it: for who has something to do elsewhere first,
   * which would be in vain without them.
   */
  abstract demandAccess(installationId: string): Promise<void>;

  /**
   * Null when it does not exist (any more). `unauthorized` where the credentials are of another account, which knows none. `unauthorized` with the permission `CONFIDENTIAL_ACCESS` when others may
   * be read, but not this one.
   */
  abstract readOpportunity(installationId: string, opportunityId: string): Promise<Opportunity | null>;

  /**
   * Null when it does not exist (any more). May be answered from a cache of a few minutes.
   * @param options.since not as it was asked for before then; where decisions need that again and again within seconds,
   * it may be half a minute older
   */
  abstract readPosting(
    installationId: string,
    postingId: string,
    options?: { since?: Date | undefined },
  ): Promise<Posting | null>;

  /** Safe to repeat. */
  abstract addTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange>;

  /** Safe to repeat. */
  abstract removeTags(
    installationId: string,
    opportunityId: string,
    tags: readonly string[],
  ): Promise<TagsAfterChange>;

  /**
   * Not safe to repeat: after an unknown outcome look with `findNote` first. Answers the note's id.
   * @param endsBy the call has ended by then, or is not begun, however long its turn is waited for: `not_sent` (F1)
   */
  abstract addNote(
    installationId: string,
    opportunityId: string,
    note: NewNote,
    endsBy: Date,
  ): Promise<string>;

  /** The id of the note whose text contains `reference`, or null. Reads all pages. */
  abstract findNote(installationId: string, opportunityId: string, reference: string): Promise<string | null>;

  /** The ids of all notes one of whose texts is such. Reads all pages. */
  abstract findNotes(
    installationId: string,
    opportunityId: string,
    isWanted: (text: string) => boolean,
  ): Promise<string[]>;

  /**
   * Removes a note that was added through `addNote`. Safe to repeat: one that is gone is no failure; one that is said to be, and
   * is listed all the same, is.
   */
  abstract removeNote(installationId: string, opportunityId: string, noteId: string): Promise<void>;

  /**
   * Not safe to repeat: after an unknown outcome look with `findFile` first. Answers the file's id. `rejected` with
   * the code `no_perform_as` when there is nobody on whose behalf a file could be uploaded.
   * @param endsBy as for `addNote`
   */
  abstract attachFile(
    installationId: string,
    opportunityId: string,
    file: NewFile,
    endsBy: Date,
  ): Promise<string>;

  /** The id of the opportunity's file of that name, or null. Reads all pages. */
  abstract findFile(installationId: string, opportunityId: string, name: string): Promise<string | null>;

  /** The ids of all of the opportunity's files with such a name. Reads all pages. */
  abstract findFiles(
    installationId: string,
    opportunityId: string,
    isWanted: (name: string) => boolean,
  ): Promise<string[]>;

  /**
   * Removes a file that was attached through `attachFile`, on behalf of the same user. Safe to repeat, as `removeNote`.
   */
  abstract removeFile(installationId: string, opportunityId: string, fileId: string): Promise<void>;
}
