import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from './roles.js';

/** An admin API key; only its hash is kept (A5). */
@Entity('admin_keys')
export class AdminKey {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  name: string;

  @Column('text')
  role: Role;

  @Column('uuid', { name: 'installation_id', nullable: true })
  installationId: string | null;

  /** A keyed hash of the key. Keys are long and random, so that a slow hash would add nothing. */
  @Column('bytea')
  hash: Buffer;

  /** Null until a start hashes anew what was hashed without a key. */
  @Column('text', { name: 'hash_key_id', nullable: true })
  hashKeyId: string | null;

  @Column('bytea', { name: 'sealed_digest', nullable: true })
  sealedDigest: Buffer | null;

  @Column('text', { name: 'last_four' })
  lastFour: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
