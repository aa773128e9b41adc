import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { appConfig, type AppConfig } from '../platform/config/app-config.js';
import type { Queries } from './audit-chains.js';
import { CheckpointHash, isSealedBy, type ChainHead } from './checkpoint-hash.js';

interface StoredCheckpoint {
  number: bigint;
  at: Date;
  hash: Buffer;
  keyId: string;
  seal: Buffer;
}

export interface CheckpointsFound {
  /** How many there are. */
  count: number;
  /** The first that cannot be believed, and with it all later ones; null when all can. */
  firstBroken: bigint | null;
}

const PAGE = 500;

/** Checks the checkpoints: each is made of its heads and of the one before, and sealed with a key of this service. */
@Injectable()
export class CheckpointVerifier {
  constructor(
    @Inject(DataSource) private readonly database: Queries,
    @Inject(appConfig.KEY) private readonly config: Pick<AppConfig, 'encryption'>,
  ) {}

  /** Those made until now. */
  async verify(): Promise<CheckpointsFound> {
    const [newest] = await this.database.query<{ number: string }[]>(
      `SELECT GREATEST((SELECT COALESCE(max(number), 0) FROM audit_checkpoints),
                       (SELECT COALESCE(max(checkpoint), 0) FROM audit_checkpoint_heads)) AS number`,
    );
    const until = BigInt(newest?.number ?? 0);
    const heads = this.heads(until);
    let next = await heads.next();
    let previous: Buffer | null = null;
    let number = 0n;
    // A seal of a key that was retired is believed once a later one stands that can be checked: it covers it.
    let firstUnchecked: bigint | null = null;
    for await (const checkpoint of this.checkpoints(until)) {
      number += 1n;
      const hash = new CheckpointHash();
      let isInOrder = checkpoint.number === number;
      while (!next.done && next.value.checkpoint <= number) {
        isInOrder &&= next.value.checkpoint === number;
        hash.add(next.value);
        next = await heads.next();
      }
      const isWhole = isInOrder && hash.end(previous, number, checkpoint.at).equals(checkpoint.hash);
      const seal = isWhole ? this.sealOf(checkpoint) : 'broken';
      if (seal === 'broken') return { count: Number(number), firstBroken: firstUnchecked ?? number };
      if (seal === 'good') firstUnchecked = null;
      else firstUnchecked ??= number;
      previous = checkpoint.hash;
    }
    const isCut = number < until || !next.done;
    return { count: Number(number), firstBroken: firstUnchecked ?? (isCut ? number + 1n : null) };
  }

  private sealOf({ keyId, hash, seal }: StoredCheckpoint): 'good' | 'broken' | 'unknown_key' {
    const key = this.config.encryption.keys.find(({ id }) => id === keyId);
    if (!key) return 'unknown_key';
    return isSealedBy(key, hash, seal) ? 'good' : 'broken';
  }

  private async *checkpoints(until: bigint): AsyncGenerator<StoredCheckpoint> {
    for (let after = -1n; ;) {
      const rows: CheckpointRow[] = await this.database.query<CheckpointRow[]>(
        `SELECT number, at, hash, key_id AS "keyId", seal FROM audit_checkpoints
         WHERE number > $1 AND number <= $2 ORDER BY number LIMIT ${PAGE}`,
        [after, until],
      );
      for (const row of rows) yield { ...row, number: BigInt(row.number) };
      if (rows.length < PAGE) return;
      after = BigInt(rows.at(-1)?.number ?? until);
    }
  }

  private async *heads(until: bigint): AsyncGenerator<ChainHead & { checkpoint: bigint }, undefined> {
    for (let from = { checkpoint: '-1', installationId: '00000000-0000-0000-0000-000000000000' }; ;) {
      const rows: HeadRow[] = await this.database.query<HeadRow[]>(
        `SELECT checkpoint, installation_id AS "installationId", seq, hash FROM audit_checkpoint_heads
         WHERE (checkpoint, installation_id) > ($1::bigint, $2::uuid) AND checkpoint <= $3
         ORDER BY checkpoint, installation_id LIMIT ${PAGE}`,
        [from.checkpoint, from.installationId, until],
      );
      for (const row of rows) yield { ...row, checkpoint: BigInt(row.checkpoint), seq: BigInt(row.seq) };
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return undefined;
      from = last;
    }
  }
}

type CheckpointRow = Omit<StoredCheckpoint, 'number'> & { number: string };
type HeadRow = { checkpoint: string; installationId: string; seq: string; hash: Buffer };
