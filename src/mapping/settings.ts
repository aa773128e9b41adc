import { z } from 'zod';
// PROVISIONAL stub so that other rooms can be tried; the author of this room replaces it.
const prefix = z.string().nullable();
export const settingsSchema = z.strictObject({
  statusPrefix: z.string().default('Background Check Status:'),
  defaultProduct: z.string(),
  productPrefix: prefix.default('Product:'),
  productMismatch: z.enum(['default', 'error']).default('error'),
  subClientBy: z.enum(['none', 'clientCode', 'clientName', 'clientCity']).default('none'),
  subClientPrefix: prefix.default(null),
  subClientMismatch: z.enum(['main', 'error']).default('main'),
  clientCities: z.record(z.string(), z.string()).default({}),
  referenceBy: z.enum(['none', 'jobTitle', 'jobDepartment', 'tags']).default('none'),
  referencePrefix: prefix.default(null),
  flag: z.object({ enabled: z.boolean(), prefix: z.string() }).default({ enabled: true, prefix: 'Flag:' }),
  decision: z.object({ enabled: z.boolean(), prefix: z.string() }).default({ enabled: true, prefix: 'Decision:' }),
  quickApp: z.object({ email: z.boolean(), text: z.boolean() }).default({ email: true, text: false }),
  reorder: z.union([z.literal('never'), z.literal('always'), z.object({ afterDays: z.int() })]).default('never'),
  holdSeconds: z.int().default(0),
  attachReport: z.boolean().default(false),
});
export type Settings = z.output<typeof settingsSchema>;
export function parseSettings(input: unknown): { ok: true; settings: Settings } | { ok: false; faults: { path: string; message: string }[] } {
  const r = settingsSchema.safeParse(input);
  return r.success ? { ok: true, settings: r.data } : { ok: false, faults: r.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })) };
}
