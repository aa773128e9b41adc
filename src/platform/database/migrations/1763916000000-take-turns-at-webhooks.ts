import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One at a time makes or removes an installation's webhook at Lever (I4). What a replica of the version before does meanwhile
 * takes no turn: two webhooks may come of it, as before, and `replace` makes one of them.
 */
export class TakeTurnsAtWebhooks1763916000000 implements MigrationInterface {
  readonly name = 'TakeTurnsAtWebhooks1763916000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installations ADD COLUMN lever_webhook_turn_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installations DROP COLUMN lever_webhook_turn_until');
  }
}
