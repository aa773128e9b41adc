import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An installation's OAuth connection to Lever; its tokens are sealed among the installation's secrets. */
@Entity('lever_connections')
export class LeverConnectionRow {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  /** The Lever account, where its tokens name it. */
  @Column('text', { name: 'account_id', nullable: true })
  accountId: string | null;

  /** What was granted; null when Lever did not say. */
  @Column('text', { array: true, nullable: true })
  scopes: string[] | null;

  /** When a Super Admin last agreed. */
  @Column('timestamptz', { name: 'connected_at' })
  connectedAt: Date;

  @Column('timestamptz', { name: 'refreshed_at' })
  refreshedAt: Date;

  @Column('timestamptz', { name: 'access_expires_at' })
  accessExpiresAt: Date;

  /** When Lever refused its tokens, or another kind of credential took its place. */
  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;

  /** Counts pairs of tokens. */
  @Column('integer')
  generation: number;

  /** A process exchanges the refresh token at this moment. */
  @Column('boolean', { default: false })
  refreshing: boolean;

  /** Nobody else may try before. */
  @Column('timestamptz', { name: 'refresh_blocked_until', default: () => "'-infinity'" })
  refreshBlockedUntil: Date;

  /** Tries in a row that failed. */
  @Column('integer', { name: 'refresh_failures', default: 0 })
  refreshFailures: number;
}
