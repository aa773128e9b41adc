import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The cities that VICTIG's records of clients told: each costs a call, and all replicas need them (F3, M4). */
export class ShareClientCities1763912000000 implements MigrationInterface {
  readonly name = 'ShareClientCities1763912000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE client_cities (
         account text NOT NULL,
         client_guid text NOT NULL,
         city text,
         asked_at timestamptz NOT NULL,
         PRIMARY KEY (account, client_guid)
       )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE client_cities');
  }
}
