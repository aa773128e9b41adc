import { ReconcileOrders } from '../../src/orders/following/reconcile-orders.js';
import type { TestService } from './service.js';
import { untilDone } from './until-done.js';

/** One round of the reconciler, until each account's part of it has ended. */
export async function roundOfReconciler(service: TestService): Promise<void> {
  await service.part(ReconcileOrders).handle();
  await untilDone(service, ['reconcile-account']);
}
