import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What erasures left of flag and decision: in late results, and where Lever did not take a tag or let one go (A3). */
export class BlankErasedOrders1763905000000 implements MigrationInterface {
  readonly name = 'BlankErasedOrders1763905000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  /** What was erased stays so. */
  async down(): Promise<void> {}
}

const STATEMENTS = [
  `UPDATE order_events AS event SET data = data - ARRAY['results', 'added', 'removed', 'notAdded', 'notRemoved']
   FROM orders
   WHERE orders.erased_at IS NOT NULL
     AND event.installation_id = orders.installation_id AND event.order_id = orders.id
     AND event.kind IN ('observed', 'tags_set')
     AND event.data ?| ARRAY['results', 'added', 'removed', 'notAdded', 'notRemoved']`,
  `UPDATE orders SET report_warnings = (
     SELECT coalesce(jsonb_agg(warning), '[]')
     FROM jsonb_array_elements(report_warnings) AS warning
     WHERE warning ->> 'code' NOT IN ('tag_not_added', 'tag_not_removed'))
   WHERE erased_at IS NOT NULL AND report_warnings <> '[]'`,
];
