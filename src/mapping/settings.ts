import { z } from 'zod';
import { isSpace, trimSpaces } from './plain-text.js';
import { settingsContradictions } from './settings-contradictions.js';
import { describeIssues, type SettingsFault } from './settings-faults.js';

/** With a space and the longest status, a tag stays about as short as what Lever shows of one. */
const PREFIX_LIMIT = 40;
const NAME_LIMIT = 200;
const WEEK_IN_SECONDS = 604_800;

const isBlank = (text: string): boolean => trimSpaces(text) === '';

/** Control characters and half characters cannot be stored, and nobody types them on purpose. */
const isStorable = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);

const visibleText = (limit: number) =>
  z
    .string()
    .max(limit)
    .refine((text) => text !== '', 'must not be empty')
    .refine((text) => text === '' || !isBlank(text), 'must not consist of spaces only')
    .refine(isStorable, 'must not contain control characters');

/** With them one tag looks like another, and nobody who types a tag types them. Joiners stay: words and emoji need them. */
const HIDDEN = /[\p{Bidi_Control}\p{Zl}\p{Zp}\u00AD\u180E\u200B\u2060\uFEFF]/u;

/** It may end with a space, as "Package – " does. */
const prefix = () =>
  visibleText(PREFIX_LIMIT)
    .refine((text) => isBlank(text) || !isSpace(text.charAt(0)), 'must not begin with a space')
    .refine(
      (text) => isBlank(text) || !HIDDEN.test(text),
      'must not contain characters that cannot be seen, or marks that turn the direction of writing',
    );
const name = () => visibleText(NAME_LIMIT);

const tagSettings = (defaultPrefix: string, what: string, example: string) =>
  z
    .strictObject({
      enabled: z
        .boolean()
        .default(true)
        .meta({ description: `Whether ${what} is shown.`, examples: [true] }),
      prefix: prefix()
        .default(defaultPrefix)
        .meta({ description: `What the tag that shows ${what} begins with.`, examples: [defaultPrefix] }),
    })
    .default({ enabled: true, prefix: defaultPrefix })
    .meta({
      description: `A tag with ${what} on completed checks, e.g. \`${example}\`.`,
      examples: [{ enabled: true, prefix: defaultPrefix }],
    });

const quickApp = z
  .strictObject({
    email: z
      .boolean()
      .default(true)
      .meta({ description: 'Invite by email.', examples: [true] }),
    text: z
      .boolean()
      .default(false)
      .meta({
        description: 'Invite by text message where a valid phone number is known.',
        examples: [false],
      }),
  })
  .default({ email: true, text: false })
  .meta({
    description: 'How the candidate is invited to fill in the QuickApp: by email, by text message, or both.',
    examples: [{ email: true, text: false }],
  });

const reorder = z
  .union(
    [
      z.enum(['never', 'always']),
      z.strictObject({
        afterDays: z
          .int()
          .min(1)
          .max(36_500)
          .meta({ description: 'Days after completion from which a new order is placed.', examples: [365] }),
      }),
    ],
    'must be "never", "always" or {"afterDays": n} with a whole number of at least 1',
  )
  .default('never')
  .meta({
    description: 'Whether moving a candidate into the stage again after Complete places a new order.',
    examples: ['never', 'always', { afterDays: 365 }],
  });

/** What a customer configures. Defaults are those that the service promises; only the default product has none. */
export const settingsSchema = z
  .strictObject({
    statusPrefix: prefix()
      .default('Background Check Status:')
      .meta({
        description: 'What the tag that shows the progress begins with.',
        examples: ['Background Check Status:'],
      }),
    defaultProduct: name().meta({
      description:
        'Name of the product (package) that is ordered unless a tag asks for another, exactly as VICTIG has it.',
      examples: ['Criminal Package 1'],
    }),
    productPrefix: prefix()
      .nullable()
      .default('Product:')
      .meta({
        description: 'A tag that begins with this names the product to order; null: no tag does.',
        examples: ['Product:', 'Package – '],
      }),
    productMismatch: z
      .enum(['default', 'error'])
      .default('error')
      .meta({
        description:
          'When a tag names a product that the client does not have: order the default, or refuse.',
        examples: ['error'],
      }),
    subClientBy: z
      .enum(['none', 'clientCode', 'clientName', 'clientCity'])
      .default('none')
      .meta({
        description:
          "Which field of VICTIG's clients the job's location is compared with; none: no sub-clients.",
        examples: ['none', 'clientCity'],
      }),
    subClientPrefix: prefix()
      .nullable()
      .default(null)
      .meta({
        description: 'A tag that begins with this wins over the location; null: no tag does.',
        examples: ['Sub-client:'],
      }),
    subClientMismatch: z
      .enum(['main', 'error'])
      .default('main')
      .meta({
        description: 'When no client, or more than one, matches: order under the main client, or refuse.',
        examples: ['main'],
      }),
    clientCities: z
      .record(name(), name())
      .default({})
      .meta({
        description:
          'City to guid of the client, for a VICTIG token that may not read the cities of clients.',
        examples: [{ 'San Francisco': '9c6f1a52-9b1c-4f0e-8a57-0f0c8c1f2b11' }],
      }),
    referenceBy: z
      .enum(['none', 'jobTitle', 'jobDepartment', 'tags'])
      .default('none')
      .meta({
        description: "What is sent as VICTIG's reference field; none: nothing.",
        examples: ['none', 'jobTitle'],
      }),
    referencePrefix: prefix()
      .nullable()
      .default(null)
      .meta({
        description: 'What a tag that holds the reference begins with; needed for referenceBy "tags".',
        examples: ['Reference:'],
      }),
    flag: tagSettings('Flag:', 'whether the report is flagged', 'Flag: True'),
    decision: tagSettings('Decision:', 'the decision on the report', 'Decision: Eligible'),
    quickApp,
    reorder,
    holdSeconds: z
      .int()
      .min(0)
      .max(WEEK_IN_SECONDS)
      .default(0)
      .meta({
        description: 'How long to wait before ordering, in seconds; leaving the stage meanwhile cancels.',
        examples: [0, 900],
      }),
    attachReport: z
      .boolean()
      .default(false)
      .meta({
        description: "Whether the report's PDF is uploaded to the opportunity; needs lever.performAs.",
        examples: [false],
      }),
  })
  // Contradictions are looked for even where single settings are wrong, so that all faults are named at once.
  .superRefine(
    (settings, context) => {
      for (const { path, message } of settingsContradictions(settings)) {
        context.addIssue({ code: 'custom', path: path.split('.'), message });
      }
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )
  .meta({ description: 'How an order is decided, and what is shown in Lever.' });

/** Complete and without contradiction. */
export type Settings = z.output<typeof settingsSchema>;
/** As people write them: all but `defaultProduct` may be left out. */

/** The settings with their defaults, or every fault at once, each in a sentence. */
export function parseSettings(
  input: unknown,
): { ok: true; settings: Settings } | { ok: false; faults: SettingsFault[] } {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return { ok: true, settings: parsed.data };
  return {
    ok: false,
    faults: describeIssues(parsed.error.issues, input, Object.keys(settingsSchema.shape)),
  };
}
