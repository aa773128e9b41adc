/**
 * What no retry mends at once and a person should look at:
 * `tag_not_added` Lever does not take a tag of ours: tags are locked down, and it is tried again ever less often ·
 * `tag_not_removed` an old tag of ours stays: the posting gives it, or tags are locked down, and it is tried as often ·
 * `report_not_attached` the PDF is not in the files ·
 * `status_unknown` the provider's status is in no table: what is shown is kept (S4) ·
 * `decision_unknown` a decision is given that is no text: no tag tells it (R3) ·
 * `placed_twice` the provider holds further orders of the check (V4) ·
 * `placed_after_end` the provider holds the order, which has ended here (V4).
 */
export const REPORT_WARNINGS = [
  'tag_not_added',
  'tag_not_removed',
  'report_not_attached',
  'status_unknown',
  'decision_unknown',
  'placed_twice',
  'placed_after_end',
] as const;
export type ReportWarningCode = (typeof REPORT_WARNINGS)[number];

export interface ReportWarning {
  code: ReportWarningCode;
  /**
   * Tags, the code of a failure, the provider's status, the form of a decision or file numbers; nothing personal, and no
   * result that was erased (A3).
   */
  details: string[];
}

/** Details of warnings by their code; without details there is nothing to warn of. */
export type DetailsOfWarnings = Partial<Record<ReportWarningCode, readonly string[]>>;

/** The warnings with those of the stated codes replaced: tags, files and statuses have each their own. */
export function replaceWarnings(
  warnings: readonly ReportWarning[],
  replacing: DetailsOfWarnings,
): ReportWarning[] {
  const others = warnings.filter(({ code }) => !(code in replacing));
  const codes = Object.keys(replacing) as ReportWarningCode[];
  const given = codes.map((code) => ({ code, details: [...(replacing[code] ?? [])] }));
  return [...others, ...given.filter(({ details }) => details.length > 0)];
}
