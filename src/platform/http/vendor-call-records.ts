import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { GroupCommit } from '../database/group-commit.js';
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

/** A record as its row is. */
interface WaitingRecord {
  installation_id: string;
  order_id: string;
  cause: string;
  attempt: number;
  id: string;
  at: Date;
  vendor: string;
  operation: string;
  outcome: string;
  status: number | null;
  duration_ms: number;
  next_try_at: Date | null;
}

const WRITTEN_TOGETHER = { maxItems: 50, maxAtOnce: 1 };

/** Keeps what was asked of vendors for an order; rows are only ever added. */
@Injectable()
export class VendorCallRecords {
  private readonly writes: GroupCommit<WaitingRecord[]>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly ids: Ids,
  ) {
    this.writes = new GroupCommit(
      (records) => this.write(records.flat()),
      () => false,
      WRITTEN_TOGETHER,
    );
  }

  /**
   * One statement for all calls of all work that ends at the time. Calls that turned out to be about no order are not kept.
   * @param nextTryAt when the work is tried again, if it failed with its last call
   */
  async keep(
    { subject, calls }: CallLog,
    run: { cause: string; attempt: number; nextTryAt: Date | null },
  ): Promise<void> {
    if (subject === null || calls.length === 0) return;
    const { installationId, orderId } = subject;
    const records = calls.map((call, index) => ({
      installation_id: installationId,
      order_id: orderId,
      cause: run.cause,
      attempt: run.attempt,
      id: this.ids.next(),
      at: call.at,
      vendor: call.vendor,
      operation: call.operation,
      outcome: call.outcome,
      status: call.status,
      duration_ms: call.durationMs,
      next_try_at: index === calls.length - 1 && call.outcome !== 'answered' ? run.nextTryAt : null,
    }));
    await this.writes.add(records);
  }

  private async write(records: readonly WaitingRecord[]): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO vendor_calls (installation_id, order_id, id, at, vendor, operation, outcome, status,
         duration_ms, cause, attempt, next_try_at)
       SELECT installation_id, order_id, id, at, vendor, operation, outcome, status, duration_ms, cause, attempt,
         next_try_at
       FROM jsonb_populate_recordset(NULL::vendor_calls, $1::jsonb)`,
      [JSON.stringify(records)],
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
