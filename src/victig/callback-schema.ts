import { z } from 'zod';
import { LAST_MOMENT_MS } from './last-moment.js';

/** Later than any time in seconds, earlier than any in milliseconds. */
const FIRST_MILLISECONDS = 1e11;

/** Recorded fixtures have milliseconds, an older sample has seconds (V2). */
const moment = z
  .union([z.number(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .transform((value) => (value < FIRST_MILLISECONDS ? value * 1000 : value))
  .pipe(z.number().min(0).max(LAST_MOMENT_MS))
  .transform((ms) => new Date(ms));

/** Text that may be kept and compared; whatever else stands in its place is as good as nothing. */
const plainText = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .nullish()
  .transform((text) => text ?? null)
  .catch(null);

const GUID = '[\\w-]{1,64}';
const RESOURCE_PATH = new RegExp(`^(?:/v1)?/clients/(${GUID})(?:/orders/(${GUID}))?(?:/|$)`);

/**
 * A callback from VICTIG: a hint that something happened, never what it happened to (V2). Event names are open,
 * for no list of them is known to be whole. A path that cannot be read gives no guids.
 */
export const callbackSchema = z
  .object({
    event: z.string().regex(/^[\w.:-]{1,100}$/),
    resourceGuid: plainText,
    resourcePath: plainText,
    timestamp: moment.nullish().catch(null),
    baseClientGuid: plainText,
    externalIdentifier: plainText,
  })
  .transform(({ event, resourceGuid, resourcePath, timestamp, baseClientGuid, externalIdentifier }) => {
    const [, clientGuid = baseClientGuid, orderGuid = null] = RESOURCE_PATH.exec(resourcePath ?? '') ?? [];
    return {
      event,
      resourceGuid,
      clientGuid,
      /** Of the order it is about, also where it is about one of its searches. */
      orderGuid,
      externalIdentifier,
      /** When it happened, as far as the callback says. */
      at: timestamp ?? null,
    };
  });
