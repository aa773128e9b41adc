import { Injectable, Logger } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../clock.js';
import { canonicalJson } from '../crypto/canonical-json.js';
import { KeyRing, SealBroken } from '../crypto/key-ring.js';
import { withCommitGuard } from '../database/transactions.js';
import { DomainError } from '../errors/domain-error.js';
import { Ids } from '../ids.js';

/** A request that may be sent several times and is to be carried out once. */
export interface MarkedRequest {
  /** Whose key it is: others may use the same. */
  actor: string;
  /** The one installation that the caller may know of; left out: all. Tokens of one person may differ in it. */
  boundTo?: string;
  key: string;
  method: string;
  path: string;
  body: unknown;
}

export interface StoredAnswer {
  headers: Record<string, string>;
  body: unknown;
}

interface Row {
  claim: string;
  claimed_at: Date;
  request_sealed: Buffer;
  took_effect_at: Date | null;
  answer_sealed: Buffer | null;
}

/** How long an answer is kept (P3). */
const KEPT_MS = 24 * 3_600_000;

/** A request that is carried out for longer was interrupted. If it was not after all, its transaction fails. */
const TURN_MS = 60_000;

const IN_PROGRESS = 'idempotency_in_progress';

const inProgress = (): DomainError =>
  new DomainError(
    'conflict',
    IN_PROGRESS,
    'A request with this Idempotency-Key is being carried out: ask again in a moment.',
    { retryAfterSeconds: 1 },
  );

/**
 * Carries out a request with an `Idempotency-Key` once, however often and on however many replicas at once it comes,
 * and whatever dies meanwhile (P3, ADR 21): the transaction of the effect itself marks it as done, and commits only
 * while it is its turn. What was asked and answered is sealed, for it may hold a secret that is shown once.
 */
@Injectable()
export class IdempotentRequests {
  private readonly logger = new Logger(IdempotentRequests.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly keyRing: KeyRing,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /**
   * Carries it out, or answers what was answered before.
   * @throws DomainError `idempotency_key_reused`, `idempotency_in_progress`, `idempotency_answer_lost`, and what the
   * work throws; what failed without an effect may be sent again
   */
  async once(
    request: MarkedRequest,
    work: () => Promise<StoredAnswer>,
  ): Promise<StoredAnswer & { replayed: boolean }> {
    const claim = this.ids.next();
    const earlier = await this.takeTurn(request, claim);
    if (earlier !== null) return { ...earlier, replayed: true };
    let answer: StoredAnswer;
    try {
      answer = await withCommitGuard((manager) => this.markEffect(manager, request, claim), work);
    } catch (error) {
      await this.giveUpTurn(request, claim);
      throw error;
    }
    await this.keepAnswer(request, claim, answer);
    return { ...answer, replayed: false };
  }

  /** Removes what is kept no longer. */
  async forgetOld(): Promise<void> {
    await this.dataSource.query('DELETE FROM idempotent_requests WHERE expires_at <= $1', [this.clock.now()]);
  }

  /** Null: it is ours to carry out. */
  private async takeTurn(request: MarkedRequest, claim: string): Promise<StoredAnswer | null> {
    for (;;) {
      if (await this.claimNew(request, claim)) return null;
      const [row] = await this.dataSource.query<Row[]>(
        `SELECT claim, claimed_at, request_sealed, took_effect_at, answer_sealed FROM idempotent_requests
         WHERE actor = $1 AND key = $2`,
        [request.actor, request.key],
      );
      // Null: it was given up, or forgotten, this moment.
      if (row !== undefined) {
        this.refuseOther(request, row);
        if (row.answer_sealed !== null)
          return this.open(request, 'answer', row.answer_sealed) as StoredAnswer;
        await this.takeOver(request, row, claim);
        return null;
      }
    }
  }

  private async claimNew({ actor, key, ...asked }: MarkedRequest, claim: string): Promise<boolean> {
    const now = this.clock.now();
    const request = { actor, key, ...asked };
    const rows = await this.dataSource.query<unknown[]>(
      `INSERT INTO idempotent_requests AS kept (actor, key, claim, claimed_at, request_sealed, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (actor, key) DO UPDATE
         SET claim = EXCLUDED.claim, claimed_at = EXCLUDED.claimed_at, request_sealed = EXCLUDED.request_sealed,
             took_effect_at = NULL, answer_sealed = NULL, expires_at = EXCLUDED.expires_at
         WHERE kept.expires_at <= EXCLUDED.claimed_at
       RETURNING claim`,
      [
        actor,
        key,
        claim,
        now,
        this.seal(request, 'request', digestOf(request)),
        new Date(now.getTime() + KEPT_MS),
      ],
    );
    return rows.length > 0;
  }

  private refuseOther(request: MarkedRequest, { request_sealed }: Row): void {
    if (this.open(request, 'request', request_sealed) === digestOf(request)) return;
    throw new DomainError(
      'unprocessable',
      'idempotency_key_reused',
      'This Idempotency-Key was sent with another request: a new request needs a new key.',
    );
  }

  /**
   * An earlier turn has neither answered nor given up. Without an effect it may be taken over once it is old, or of a clock
   * that was far ahead.
   */
  private async takeOver({ actor, key }: MarkedRequest, row: Row, claim: string): Promise<void> {
    const now = this.clock.now();
    if (Math.abs(now.getTime() - row.claimed_at.getTime()) < TURN_MS) throw inProgress();
    if (row.took_effect_at !== null) throw answerLost();
    const taken = await changedRows(
      this.dataSource.manager,
      `UPDATE idempotent_requests SET claim = $4, claimed_at = $5
       WHERE actor = $1 AND key = $2 AND claim = $3 AND took_effect_at IS NULL`,
      [actor, key, row.claim, claim, now],
    );
    if (taken === 0) throw inProgress();
  }

  /** Part of the transaction of the effect: it commits only while it is its turn. */
  private async markEffect(
    manager: EntityManager,
    { actor, key }: MarkedRequest,
    claim: string,
  ): Promise<void> {
    const marked = await changedRows(
      manager,
      `UPDATE idempotent_requests SET took_effect_at = coalesce(took_effect_at, $4)
       WHERE actor = $1 AND key = $2 AND claim = $3`,
      [actor, key, claim, this.clock.now()],
    );
    if (marked === 0) throw inProgress();
  }

  private async giveUpTurn({ actor, key }: MarkedRequest, claim: string): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM idempotent_requests WHERE actor = $1 AND key = $2 AND claim = $3 AND took_effect_at IS NULL`,
      [actor, key, claim],
    );
  }

  /** What was done is answered, also when the answer cannot be kept. */
  private async keepAnswer(request: MarkedRequest, claim: string, answer: StoredAnswer): Promise<void> {
    try {
      await this.dataSource.query(
        `UPDATE idempotent_requests SET answer_sealed = $4 WHERE actor = $1 AND key = $2 AND claim = $3`,
        [request.actor, request.key, claim, this.seal(request, 'answer', answer)],
      );
    } catch (error) {
      this.logger.error({ err: error }, 'an answer could not be kept for its Idempotency-Key');
    }
  }

  private seal(request: MarkedRequest, column: string, value: unknown): Buffer {
    return this.keyRing.seal(Buffer.from(JSON.stringify(value), 'utf8'), placeOf(request, column));
  }

  /** @throws DomainError `idempotency_answer_lost` when the key it was sealed with is not configured any more */
  private open(request: MarkedRequest, column: string, sealed: Buffer): unknown {
    try {
      return JSON.parse(this.keyRing.open(sealed, placeOf(request, column)).toString('utf8')) as unknown;
    } catch (error) {
      throw error instanceof SealBroken ? answerLost() : error;
    }
  }
}

const answerLost = (): DomainError =>
  new DomainError(
    'conflict',
    'idempotency_answer_lost',
    'A request with this Idempotency-Key took effect, but what it answered was lost: look for what it made.',
  );

const placeOf = ({ actor, key }: MarkedRequest, column: string): string =>
  `idempotent_requests/${actor}/${key}/${column}`;

/** What makes a second request the same as the first: also whose answers its caller may know of (A5). */
const digestOf = ({ boundTo, method, path, body }: MarkedRequest): string =>
  createHash('sha256')
    .update(
      canonicalJson({ method, path, body: body ?? null, ...(boundTo === undefined ? {} : { boundTo }) }),
    )
    .digest('hex');

async function changedRows(manager: EntityManager, sql: string, values: unknown[]): Promise<number> {
  const [, count] = await manager.query<[unknown[], number]>(sql, values);
  return count;
}
