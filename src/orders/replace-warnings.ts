import type { Transaction } from '../platform/database/transactions.js';
import type { Order } from './domain/order.js';
import { replaceWarning, type ReportWarning, type ReportWarningCode } from './domain/report-warning.js';
import { OrderRow } from './order.entity.js';

/**
 * The order's warnings as they are by now, with those of some codes replaced. For use in a step of the order: tags,
 * files and statuses are written at the same time, and each has warnings of its own.
 */
export async function replaceWarnings(
  tx: Transaction,
  { installationId, id }: Pick<Order, 'installationId' | 'id'>,
  detailsByCode: Partial<Record<ReportWarningCode, readonly string[]>>,
): Promise<{ reportWarnings: ReportWarning[] }> {
  const { reportWarnings } = await tx.manager.findOneByOrFail(OrderRow, { installationId, id });
  const codes = Object.keys(detailsByCode) as ReportWarningCode[];
  return {
    reportWarnings: codes.reduce<ReportWarning[]>(
      (warnings, code) => replaceWarning(warnings, code, detailsByCode[code] ?? []),
      reportWarnings,
    ),
  };
}
