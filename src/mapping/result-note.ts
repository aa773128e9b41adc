import type { Settings } from './settings.js';
// PROVISIONAL stub
export interface ReportSummary { product: string; client: string; fileNumber: string; orderedAt: Date | null; completedAt: Date | null; flagged: boolean; decision: string | null; searches: readonly { name: string; status: string }[]; reportLink: string | null }
export const resultNote = (r: ReportSummary, _s: Settings): string => JSON.stringify(r);
export const changeNote = (b: object, a: object, _s: Settings): string => JSON.stringify([b, a]);
export const withReference = (text: string, reference: string): string => `${text}\nReference: ${reference}`;
