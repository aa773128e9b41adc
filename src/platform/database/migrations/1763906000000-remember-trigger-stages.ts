import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who stands in the stage that an order was opened for has not left it, whatever the settings say by now (T7, T8). */
export class RememberTriggerStages1763906000000 implements MigrationInterface {
  readonly name = 'RememberTriggerStages1763906000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN trigger_stage_id');
  }
}

const STATEMENTS = [
  'ALTER TABLE orders ADD COLUMN trigger_stage_id text',
  // Where there was only one it is known.
  `UPDATE orders SET trigger_stage_id = version.configuration #>> '{triggerStageIds,0}'
   FROM installation_versions AS version
   WHERE version.installation_id = orders.installation_id AND version.version = orders.settings_version
     AND orders.ended_at IS NULL AND orders.placed_by IS NULL
     AND jsonb_array_length(version.configuration -> 'triggerStageIds') = 1`,
];
