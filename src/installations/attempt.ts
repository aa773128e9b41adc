import { UpstreamError } from '../platform/errors/upstream-error.js';
import { finding, type Finding, type FindingCode } from './finding.js';

/** From here on clocks are said to differ; `Date` headers are exact to the second only. */
const CLOCK_TOLERANCE_MS = 60_000;

/** @param explain makes a finding of a failed call @returns the findings of the work, or the one of its failure */
export async function attempt(
  work: () => Promise<Finding[]>,
  explain: (error: UpstreamError) => Finding,
): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UpstreamError) return [explain(error)];
    throw error;
  }
}

/** One of each kind: calls made at once fail for the same reason. */
export const oneOfEach = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((found) => [`${found.code} ${found.subject} ${found.message}`, found])).values(),
];

export function clockSkew(code: FindingCode, theirs: Date | null, ours: Date): Finding[] {
  const skewMs = theirs === null ? 0 : Math.abs(ours.getTime() - theirs.getTime());
  return skewMs < CLOCK_TOLERANCE_MS
    ? []
    : [finding(code, undefined, { seconds: String(Math.round(skewMs / 1000)) })];
}
