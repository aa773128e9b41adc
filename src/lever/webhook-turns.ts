import { Injectable } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Clock } from '../platform/clock.js';
import { DomainError } from '../platform/errors/domain-error.js';
import { SharedClock } from '../platform/shared-clock.js';

/** Longer than it takes to change a webhook, so that a turn is taken over only from a process that is gone. */
const TURN_SECONDS = 90;

/** How long a person is kept waiting for another one's turn, and how often it is looked. */
const LONGEST_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 150;

/**
 * One at a time makes or removes the webhook of an installation, on all replicas: two who both find the old one would each
 * put a new one in its place. As with tokens nothing in the database is held meanwhile (ADR 6).
 */
@Injectable()
export class WebhookTurns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sharedClock: SharedClock,
    private readonly clock: Clock,
  ) {}

  /**
   * @param work told when its turn ends: what it cannot repeat has to have ended by then
   * @throws DomainError `webhook_in_progress`
   */
  async take<T>(installationId: string, work: (endsBy: Date) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      // Counted by the clock of this process from before it is written down: it ends no later than others think.
      const endsBy = new Date(this.clock.now().getTime() + TURN_SECONDS * 1_000);
      const until = await this.claim(installationId);
      if (until) {
        try {
          return await work(endsBy);
        } finally {
          await this.giveBack(installationId, until);
        }
      }
      if (performance.now() > giveUpAt) throw inProgress();
      await pause(LOOK_EVERY_MS);
    }
  }

  private async claim(installationId: string): Promise<Date | null> {
    const [claimed] = await this.dataSource.query<[{ until: Date }[], number]>(
      `UPDATE installations
       SET lever_webhook_turn_until = ${this.sharedClock.sql()} + $2 * interval '1 second'
       WHERE id = $1 AND (lever_webhook_turn_until IS NULL OR lever_webhook_turn_until <= ${this.sharedClock.sql()})
       RETURNING lever_webhook_turn_until AS until`,
      [installationId, TURN_SECONDS],
    );
    return claimed[0]?.until ?? null;
  }

  /** Unless it has ended by itself, and is another's. */
  private async giveBack(installationId: string, until: Date): Promise<void> {
    await this.dataSource.query(
      'UPDATE installations SET lever_webhook_turn_until = NULL WHERE id = $1 AND lever_webhook_turn_until = $2',
      [installationId, until],
    );
  }
}

const inProgress = (): DomainError =>
  new DomainError(
    'conflict',
    'webhook_in_progress',
    'The webhook is being made or removed by another request: ask again in a moment.',
  );
