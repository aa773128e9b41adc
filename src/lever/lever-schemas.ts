import { z } from 'zod';

/**
 * The fields of Lever's answers that are read, and nothing else. Where sources differ on a shape, each is taken.
 * Source: https://hire.lever.co/developer/documentation
 */

/** Epoch milliseconds; some samples have them as text. */
const timestamp = z
  .union([z.number(), z.string().regex(/^\d{1,16}$/)])
  .transform((value) => new Date(Number(value)));

const textOrEmpty = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);

/** What is no text among them is nothing that anybody wrote. */
const textList = z
  .array(z.unknown())
  .nullish()
  .transform((values) => (values ?? []).filter((value) => typeof value === 'string'));

/** An object where it was expanded, its id where it was not. */
const reference = z
  .union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)])
  .nullish()
  .transform((id) => id ?? null);

/** What is null among the items of a list tells nothing, and keeps nothing of the others from being read. */
const withoutNulls = <T>(item: z.ZodType<T>) =>
  z.array(item.nullable()).transform((items) => items.filter((found) => found !== null));

/** As `withoutNulls`; empty where there is none. */
const listOf = <T>(item: z.ZodType<T>) =>
  withoutNulls(item)
    .nullish()
    .transform((items) => items ?? []);

const dataOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'data' in value ? value.data : undefined;

/** Documented samples wrap some answers twice (`data.data`), recorded ones once. */
const unwrapped = (body: unknown): unknown => dataOf(dataOf(body)) ?? dataOf(body);

export function singleOf<T>(item: z.ZodType<T>): z.ZodType<T> {
  return z.preprocess(unwrapped, item);
}

export interface LeverPage<T> {
  items: T[];
  /** How to ask for the page after this one; null on the last. */
  next: string | null;
}

/** A page of a list. Some lists come bare, some without `hasNext`. */
export function pageOf<T>(item: z.ZodType<T>): z.ZodType<LeverPage<T>> {
  const page = z.object({
    data: withoutNulls(item),
    hasNext: z.boolean().nullish(),
    next: z.string().nullish(),
  });
  const paged = (body: unknown): unknown =>
    Array.isArray(body) ? { data: body } : { ...Object(body), data: unwrapped(body) };
  return z.preprocess(paged, page).transform(({ data, hasNext, next }, context) => {
    // To take a part for the whole could mean a second note.
    if (hasNext === true && !next) context.addIssue('there is more, and nothing says how to ask for it');
    return { items: data, next: hasNext === false ? null : next || null };
  });
}

export const applicationSchema = z.object({ id: z.string(), posting: reference });
export type LeverApplication = z.infer<typeof applicationSchema>;

export const opportunitySchema = z
  .object({
    id: z.string(),
    name: textOrEmpty,
    stage: reference,
    stageChanges: listOf(z.object({ toStageId: z.string().nullish(), updatedAt: timestamp.nullish() })),
    archived: z.looseObject({}).nullish(),
    /** Only in documented samples; recorded answers have `archived`. */
    archivedAt: timestamp.nullish(),
    isAnonymized: z.boolean().nullish(),
    emails: textList,
    phones: z.array(z.object({ value: z.string() }).nullable().catch(null)).nullish(),
    tags: textList,
    /** Ids where Lever did not expand them. */
    applications: listOf(z.union([z.string(), applicationSchema])),
    opportunityLocation: textOrNull,
  })
  .transform(({ archived, archivedAt, phones, applications, ...same }) => ({
    ...same,
    isArchived: archived === undefined ? archivedAt instanceof Date : archived !== null,
    phones: (phones ?? []).flatMap((phone) => phone?.value ?? []),
    application: applications[0] ?? null,
  }));
export type LeverOpportunity = z.infer<typeof opportunitySchema>;

export const postingSchema = z.object({
  id: z.string(),
  text: textOrEmpty,
  categories: z.object({ department: textOrNull, location: textOrNull, allLocations: textList }).nullish(),
});
export type LeverPosting = z.infer<typeof postingSchema>;

export const stageSchema = z.object({ id: z.string(), text: textOrEmpty });
export type LeverStage = z.infer<typeof stageSchema>;

export const userSchema = z.object({ id: z.string(), name: textOrEmpty, deactivatedAt: timestamp.nullish() });
export type LeverUser = z.infer<typeof userSchema>;

export const webhookSchema = z.object({
  id: z.string(),
  event: z.string(),
  url: z.string(),
  createdAt: timestamp.nullish().transform((value) => value ?? null),
});
export type LeverWebhookRecord = z.infer<typeof webhookSchema>;

/** The signature token is in this answer and in no other. */
export const createdWebhookSchema = z
  .object({ ...webhookSchema.shape, configuration: z.object({ signatureToken: z.string().min(1) }) })
  .transform(({ configuration, ...webhook }) => ({
    ...webhook,
    signatureToken: configuration.signatureToken,
  }));
export type CreatedLeverWebhook = z.infer<typeof createdWebhookSchema>;

/** For an answer of which nothing is read; some have no body. */
export const anything = z.unknown();

/**
 * All that is taken from the answer to a change: contact fields are blank in it, whatever they really hold. Stage and
 * archive are a hint, so that nothing is made of an answer that has them otherwise than recorded.
 */
export const changedTagsSchema = z
  .object({
    id: z.string().nullish().catch(null),
    tags: withoutNulls(z.string()),
    stage: reference.catch(null),
    archived: z.looseObject({}).nullable().optional().catch(undefined),
  })
  .transform(({ id, tags, stage, archived }) => ({
    opportunityId: id ?? null,
    tags,
    whereabouts:
      stage === null || archived === undefined ? null : { stageId: stage, archived: archived !== null },
  }));
export type ChangedTags = z.infer<typeof changedTagsSchema>;

/** Recorded answers have `id` and `noteId`, the documentation only `noteId`. */
const noteId = z
  .object({ id: z.string().nullish(), noteId: z.string().nullish() })
  .transform(({ id, noteId }) => id ?? noteId)
  .pipe(z.string());

export const createdNoteSchema = noteId;

export const noteSchema = z
  .looseObject({
    value: z.unknown().optional(),
    fields: listOf(z.object({ value: z.unknown().optional() })),
    deletedAt: z.unknown().optional(),
  })
  .transform((note, context) => {
    const id = noteId.safeParse(note);
    if (!id.success) context.addIssue('a note without an id');
    const values = [note.value, ...note.fields.map(({ value }) => value)];
    return {
      id: id.data ?? '',
      texts: values.filter((value) => typeof value === 'string'),
      isDeleted: (note.deletedAt ?? null) !== null,
    };
  });
export type LeverNote = z.infer<typeof noteSchema>;

/** Documented samples have sizes and times as text; nothing of them is read. */
export const fileSchema = z.object({ id: z.string(), name: textOrEmpty });
export type LeverFile = z.infer<typeof fileSchema>;
