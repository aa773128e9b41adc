import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What told the flag of orders that were erased: what a list last said of them, and their tags that the next order of the
 * candidate took away, or that Lever did not let go for it (A3). Its record does not name those of orders that are yet to be
 * erased, either.
 */
export class BlankToldResults1763908000000 implements MigrationInterface {
  readonly name = 'BlankToldResults1763908000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  /** What was blanked stays so. */
  async down(): Promise<void> {}
}

/** SQL: whether there was one before it on its opportunity. */
const HAS_EARLIER = `EXISTS (
  SELECT 1 FROM orders AS earlier
  WHERE earlier.installation_id = orders.installation_id AND earlier.opportunity_id = orders.opportunity_id
    AND (earlier.created_at, earlier.id) < (orders.created_at, orders.id))`;

/** SQL: a list of tags, of which only those that the order itself put there, by one of some events, are named. */
const untold = (tags: string, events: string): string => `(
  SELECT coalesce(jsonb_agg(CASE WHEN EXISTS (
      SELECT 1 FROM order_events AS own
      WHERE own.installation_id = orders.installation_id AND own.order_id = orders.id AND own.kind = 'tags_set'
        AND own.data -> 'added' ? tag AND ${events})
    THEN tag ELSE '…' END ORDER BY place), '[]')
  FROM jsonb_array_elements_text(${tags}) WITH ORDINALITY AS listed (tag, place))`;

/** SQL: whether one after it has its tags for good. */
const HAS_LATER = `EXISTS (
  SELECT 1 FROM orders AS later
  WHERE later.installation_id = orders.installation_id AND later.opportunity_id = orders.opportunity_id
    AND (later.created_at, later.id) > (orders.created_at, orders.id)
    AND (later.provider_order_guid IS NOT NULL OR later.status = 'rejected'))`;

const blankEvents = (member: 'removed' | 'notRemoved'): string =>
  `UPDATE order_events AS event
   SET data = jsonb_set(event.data, '{${member}}', ${untold(`event.data -> '${member}'`, 'own.sequence < event.sequence')})
   FROM orders
   WHERE event.kind = 'tags_set' AND jsonb_array_length(event.data -> '${member}') > 0
     AND event.installation_id = orders.installation_id AND event.order_id = orders.id AND ${HAS_EARLIER}`;

const STATEMENTS = [
  'UPDATE orders SET listed_as = NULL WHERE erased_at IS NOT NULL AND listed_as IS NOT NULL',
  `UPDATE orders SET shown_tags = '{}', stuck_tags = '{}' WHERE erased_at IS NOT NULL AND ${HAS_LATER}`,
  blankEvents('removed'),
  blankEvents('notRemoved'),
  `UPDATE orders SET report_warnings = (
     SELECT jsonb_agg(CASE warning ->> 'code'
       WHEN 'tag_not_removed' THEN jsonb_set(warning, '{details}', ${untold(`warning -> 'details'`, 'true')})
       ELSE warning END ORDER BY rank)
     FROM jsonb_array_elements(report_warnings) WITH ORDINALITY AS given (warning, rank))
   WHERE report_warnings @> '[{"code": "tag_not_removed"}]' AND ${HAS_EARLIER}`,
];
