import { expect } from 'vitest';
import { ReconcileOrders } from '../../src/orders/reconcile-orders.js';
import { eventually } from './eventually.js';
import type { TestService } from './service.js';

/** One round of the reconciler, until each account's part of it has ended. */
export async function roundOfReconciler(service: TestService): Promise<void> {
  await service.part(ReconcileOrders).handle();
  await eventually(async () => {
    const left = await service.database.query<unknown[]>(
      `SELECT id FROM pgboss.job WHERE name = 'reconcile-account' AND state <= 'active'`,
    );
    expect(left).toEqual([]);
  });
}
