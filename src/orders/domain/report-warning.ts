/**
 * What no retry mends and a person should look at:
 * `tag_not_added` Lever does not take a tag of ours: tags are locked down · `tag_not_removed` an old tag of ours
 * stays: the posting gives it, or tags are locked down · `report_not_attached` the PDF is not in the files ·
 * `status_unknown` the provider's status is in no table: what is shown is kept (S4).
 */
export const REPORT_WARNINGS = [
  'tag_not_added',
  'tag_not_removed',
  'report_not_attached',
  'status_unknown',
] as const;
export type ReportWarningCode = (typeof REPORT_WARNINGS)[number];

export interface ReportWarning {
  code: ReportWarningCode;
  /** Tags, the code of a failure, or the provider's status; nothing personal. */
  details: string[];
}

/** The warnings with those of one code replaced; without details there is nothing to warn of. */
export function replaceWarning(
  warnings: readonly ReportWarning[],
  code: ReportWarningCode,
  details: readonly string[],
): ReportWarning[] {
  const others = warnings.filter((warning) => warning.code !== code);
  return details.length === 0 ? others : [...others, { code, details: [...details] }];
}
