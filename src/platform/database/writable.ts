import { QueryFailedError, type DataSource } from 'typeorm';

const READ_ONLY = '25006';

/**
 * Asks the database whether it takes writes, without writing anything: a standby, a primary that was demoted, and one that
 * a provider has closed because its disk is full answer every question.
 * @throws what it says where it takes none, and where it does not answer
 */
export async function assertWritable(database: Pick<DataSource, 'query'>): Promise<void> {
  await database.query('DELETE FROM rate_buckets WHERE false');
}

export const isReadOnly = (error: unknown): boolean =>
  error instanceof QueryFailedError && (error.driverError as { code?: string }).code === READ_ONLY;
