import { Inject, Injectable, Logger } from '@nestjs/common';
import { Clock } from '../platform/clock.js';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import { Transactions, type Transaction } from '../platform/database/transactions.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { CheckpointHash, isSealedBy, sealOf } from './checkpoint-hash.js';

export interface Checkpoint {
  number: number;
  at: Date;
  hash: Buffer;
  /** Names the encryption key that the seal was made with. */
  keyId: string;
  seal: Buffer;
}

interface CheckpointRow {
  number: string;
  at: Date;
  hash: Buffer;
  key_id: string;
  seal: Buffer;
}

/** Any number that no other program locks in the same database. */
const SEALING_LOCK = 7_216_302;

/** Seals the heads of all chains, so that nobody can write the past anew unseen (A2). */
@Injectable()
export class CheckpointSealer {
  private readonly logger = new Logger(CheckpointSealer.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly clock: Clock,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'encryption'>,
  ) {}

  /**
   * The new checkpoint; the last one when nothing was added since; null when there is nothing at all.
   * @throws DomainError `checkpoint_refused`
   */
  async seal(): Promise<Checkpoint | null> {
    return this.transactions.run(async (tx) => {
      // One after the other; readers and writers of the trail do not wait. Not by locking the table: for that, who
      // may only add to it lacks the right.
      await tx.manager.query('SELECT pg_advisory_xact_lock($1)', [SEALING_LOCK]);
      const [last] = await tx.manager.query<CheckpointRow[]>(
        'SELECT * FROM audit_checkpoints ORDER BY number DESC LIMIT 1',
      );
      if (last) this.assertSealedByUs(last);
      const number = BigInt(last?.number ?? 0) + 1n;
      const heads = await this.addHeads(tx, number);
      if (heads === null) return last ? checkpointOf(last) : null;
      const [key] = this.config.encryption.keys;
      if (!key) throw new Error('there is no encryption key');
      const at = this.clock.now();
      const hash = heads.end(last?.hash ?? null, number, at);
      const sealed = { number: String(number), at, hash, key_id: key.id, seal: sealOf(key, hash) };
      await tx.manager.query(
        'INSERT INTO audit_checkpoints (number, at, hash, key_id, seal) VALUES ($1, $2, $3, $4, $5)',
        [sealed.number, at, hash, sealed.key_id, sealed.seal],
      );
      const checkpoint = checkpointOf(sealed);
      // Logs are kept elsewhere: a line that is gone from the database is still there.
      tx.afterCommit(() => this.logger.log(lineOf(checkpoint)));
      return checkpoint;
    });
  }

  /**
   * A further seal would have the last one believed no more than before, and where our key is the wrong one, it would never
   * verify. Another replica may seal with a key that this one lacks, while keys are rotated.
   */
  private assertSealedByUs({ key_id, hash, seal }: CheckpointRow): void {
    const key = this.config.encryption.keys.find(({ id }) => id === key_id);
    if (!key || isSealedBy(key, hash, seal)) return;
    throw new DomainError(
      'conflict',
      'checkpoint_refused',
      'The last checkpoint does not verify with the key that ENCRYPTION_KEYS has under its name: nothing is sealed behind it.',
    );
  }

  private async addHeads(tx: Transaction, number: bigint): Promise<CheckpointHash | null> {
    const grown = await tx.manager.query<{ installation_id: string; seq: string; hash: Buffer }[]>(
      `INSERT INTO audit_checkpoint_heads (installation_id, seq, hash, checkpoint)
       SELECT installation_id, seq, hash, $1 FROM audit_heads AS head
       WHERE seq > 0 AND NOT EXISTS (SELECT 1 FROM audit_checkpoint_heads AS sealed
         WHERE sealed.installation_id = head.installation_id AND sealed.seq = head.seq)
       RETURNING installation_id, seq, hash`,
      [number],
    );
    if (grown.length === 0) return null;
    const hash = new CheckpointHash();
    const inOrder = grown.toSorted((a, b) => (a.installation_id < b.installation_id ? -1 : 1));
    for (const head of inOrder) {
      hash.add({ installationId: head.installation_id, seq: BigInt(head.seq), hash: head.hash });
    }
    return hash;
  }
}

/** A checkpoint in one line, to be kept where the database's owner cannot reach it. */
export const lineOf = ({ number, at, hash, keyId, seal }: Checkpoint): string =>
  `audit checkpoint ${number} ${at.toISOString()} ${hash.toString('hex')} ${keyId} ${seal.toString('hex')}`;

const checkpointOf = ({ number, at, hash, key_id, seal }: CheckpointRow): Checkpoint => ({
  number: Number(number),
  at,
  hash,
  keyId: key_id,
  seal,
});
