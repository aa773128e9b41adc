import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Ids } from '../ids.js';
import type { CallLog, CallSubject, VendorCall } from './vendor-calls.js';

export interface VendorCallRecord extends VendorCall {
  id: string;
  /** What the call was made for: the kind of job, or `admin`. */
  cause: string;
  /** 1 at the first try. */
  attempt: number;
  /** When the work that failed with this call is tried again; null: it did not fail, or nothing is tried again. */
  nextTryAt: Date | null;
}

/** Keeps what was asked of vendors for an order; rows are only ever added. */
@Injectable()
export class VendorCallRecords {
  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: Ids,
  ) {}

  /**
   * One statement for all calls of a piece of work. Calls that turned out to be about no order are not kept.
   * @param nextTryAt when the work is tried again, if it failed with its last call
   */
  async keep(
    { subject, calls }: CallLog,
    run: { cause: string; attempt: number; nextTryAt: Date | null },
  ): Promise<void> {
    if (subject === null || calls.length === 0) return;
    const rows = calls.map((call, index) => ({
      id: this.ids.next(),
      at: call.at,
      vendor: call.vendor,
      operation: call.operation,
      outcome: call.outcome,
      status: call.status,
      duration_ms: call.durationMs,
      next_try_at: index === calls.length - 1 && call.outcome !== 'answered' ? run.nextTryAt : null,
    }));
    await this.dataSource.query(
      `INSERT INTO vendor_calls (installation_id, order_id, id, at, vendor, operation, outcome, status,
         duration_ms, cause, attempt, next_try_at)
       SELECT $1, $2, id, at, vendor, operation, outcome, status, duration_ms, $3, $4, next_try_at
       FROM jsonb_to_recordset($5::jsonb) AS call (id uuid, at timestamptz, vendor text, operation text, outcome text,
         status integer, duration_ms integer, next_try_at timestamptz)`,
      [subject.installationId, subject.orderId, run.cause, run.attempt, JSON.stringify(rows)],
    );
  }

  /** All calls made for an order, in the order they were kept. */
  async of({ installationId, orderId }: CallSubject): Promise<VendorCallRecord[]> {
    return this.dataSource.query<VendorCallRecord[]>(
      `SELECT id, at, vendor, operation, outcome, status, duration_ms AS "durationMs", cause, attempt,
         next_try_at AS "nextTryAt"
       FROM vendor_calls WHERE installation_id = $1 AND order_id = $2 ORDER BY id`,
      [installationId, orderId],
    );
  }
}
