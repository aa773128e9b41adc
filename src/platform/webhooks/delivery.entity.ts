import { Column, Entity, PrimaryColumn } from 'typeorm';

export const DELIVERY_OUTCOMES = ['queued', 'acted_on', 'ignored'] as const;
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number];

export interface DeliveryReplay {
  /** ISO 8601. */
  at: string;
  by: string;
}

/** One received webhook or callback: what was understood of it, ids only and never a payload. */
@Entity('deliveries')
export class Delivery {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId: string;

  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  source: 'lever' | 'victig';

  /** What makes a second delivery the same as this one. */
  @Column('text', { name: 'dedupe_key' })
  dedupeKey: string;

  @Column('text')
  event: string;

  @Column('jsonb')
  facts: Record<string, string | null>;

  @Column('timestamptz', { name: 'triggered_at' })
  triggeredAt: Date;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt: Date;

  @Column('text')
  outcome: DeliveryOutcome;

  @Column('text', { nullable: true })
  reason: string | null;

  @Column('uuid', { name: 'order_id', nullable: true })
  orderId: string | null;

  /** When, and by whom, it was decided once more; the latest is last. */
  @Column('jsonb', { default: [] })
  replays: DeliveryReplay[];
}
