import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** The time between what is known and when the service went on: what was done meanwhile nobody here knows of. */
interface Gap {
  knownUntil: Date;
  /** Null while the service is paused. */
  resumedAt: Date | null;
}

/**
 * Whether the service sends nothing at present, for it found itself to be a restored copy, and what it may have
 * forgotten for good. Read by all that changes anything at a vendor; as this replica last heard.
 */
@Injectable()
export class ServicePause {
  private gaps: readonly Gap[] = [];

  constructor(private readonly dataSource: DataSource) {}

  /** Nothing is sent and no job is taken; deliveries are kept. */
  get isPaused(): boolean {
    return this.gaps.some(({ resumedAt }) => resumedAt === null);
  }

  /** What happened after it may not be known here; null: all is. */
  get knownUntil(): Date | null {
    return this.forgottenSince(new Date(0));
  }

  /** It went on from a copy once: vendors may show what nobody here knows of. */
  get hasForgotten(): boolean {
    return this.gaps.length > 0;
  }

  /**
   * From when on something may have been done about what was made at this time, that nobody here knows of; null: nothing.
   */
  forgottenSince(madeAt: Date): Date | null {
    const times = this.gaps
      .filter(({ resumedAt }) => resumedAt === null || madeAt <= resumedAt)
      .map(({ knownUntil }) => knownUntil.getTime());
    return times.length === 0 ? null : new Date(Math.min(...times));
  }

  /** Hears what any replica, or a command, has written down. */
  async learn(): Promise<void> {
    this.gaps = await this.dataSource.query<Gap[]>(
      'SELECT known_until AS "knownUntil", resumed_at AS "resumedAt" FROM service_pauses',
    );
  }
}
