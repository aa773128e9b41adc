import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** `ok` · `troubled`: calls failed lately, or were refused for their credentials · `down`: this replica has stopped calling some account of it. */
export const VENDOR_HEALTH = ['ok', 'troubled', 'down'] as const;
export type VendorHealth = (typeof VENDOR_HEALTH)[number];

@ApiSchema({ name: 'BreakerCounts' })
export class BreakerCountsDto {
  /** Accounts that this replica does not call at present. */
  @ApiProperty({ example: 0 })
  open: number;

  /** Accounts of which one call tries whether they answer again. */
  @ApiProperty({ example: 0 })
  halfOpen: number;

  /** Accounts whose last call failed, and that are called all the same. */
  @ApiProperty({ example: 0 })
  troubled: number;
}

@ApiSchema({ name: 'RecentCalls' })
export class RecentCallsDto {
  @ApiProperty({ example: 15 })
  minutes: number;

  /** A refusal is an answer. */
  @ApiProperty({ example: 240 })
  answered: number;

  /** Those of the answers that refused credentials, or what they may do (401, 403). */
  @ApiProperty({ example: 0 })
  unauthorized: number;

  @ApiProperty({ example: 0 })
  failed: number;
}

@ApiSchema({ name: 'VendorLimits' })
export class VendorLimitsDto {
  /** For each account, across all replicas. */
  @ApiProperty({ example: 5 })
  requestsPerSecond: number;

  @ApiProperty({ example: 10 })
  burst: number;

  /** Null: as many as one likes. */
  @ApiProperty({ nullable: true, type: Number, example: 20_000 })
  requestsPerDay: number | null;
}

@ApiSchema({ name: 'VendorStatus' })
export class VendorStatusDto {
  @ApiProperty({ example: 'VICTIG' })
  vendor: string;

  @ApiProperty({ enum: VENDOR_HEALTH })
  health: VendorHealth;

  /** As this replica sees it: each breaks for itself. All 0 for a key that is bound to an installation: see `recentCalls`. */
  breakers: BreakerCountsDto;

  /** Calls made for orders, by all replicas. */
  recentCalls: RecentCallsDto;

  /** Null: not lately. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  lastAnsweredAt: Date | null;

  limits: VendorLimitsDto;
}

@ApiSchema({ name: 'Budget' })
export class BudgetDto {
  /** A vendor's account, by a name that tells accounts apart and reveals no credential. */
  @ApiProperty({ example: 'victig:N6u0bC0k1xY2Zz3Aa4Bb5C' })
  account: string;

  /** Calls since midnight UTC. */
  @ApiProperty({ example: 1_204 })
  callsToday: number;

  /** The vendor found us too fast: until then the pace is halved. */
  @ApiProperty({ nullable: true, format: 'date-time', type: String })
  slowedUntil: Date | null;
}

@ApiSchema({ name: 'Versions' })
export class VersionsDto {
  @ApiProperty({ example: '24.21.0' })
  node: string;

  /** PostgreSQL's, as it names itself. */
  @ApiProperty({ example: '17.2' })
  database: string;

  /** The last migration that was run. */
  @ApiProperty({ example: 'CreateCoreTables1763856000000' })
  schema: string;

  /** Of the queue's own tables. */
  @ApiProperty({ example: 30 })
  queue: number;
}

@ApiSchema({ name: 'Replica' })
export class ReplicaDto {
  /** Named anew at each start. */
  @ApiProperty({ example: '9f86d081' })
  replica: string;

  @ApiProperty({ example: '0.1.0' })
  version: string;
}

@ApiSchema({ name: 'ServiceStatus' })
export class ServiceStatusDto {
  @ApiProperty({ example: '0.1.0' })
  version: string;

  versions: VersionsDto;

  /** Names the process that answers; each has another name after each start. */
  @ApiProperty({ example: '9f86d081' })
  replica: string;

  /** How many processes work on this database; null where it does not tell. */
  @ApiProperty({ nullable: true, type: Number, example: 2 })
  replicas: number | null;

  /** Which they are: two versions while a release is brought in, or for as long as one was forgotten. */
  @ApiProperty({ nullable: true, type: [ReplicaDto] })
  running: ReplicaDto[] | null;

  /** When the process that answers was started. */
  @ApiProperty({ format: 'date-time', type: String })
  startedAt: Date;

  /** Nothing is ordered or sent: see `GET /admin/v1/pause`. */
  @ApiProperty({ example: false })
  paused: boolean;

  vendors: VendorStatusDto[];

  /** The accounts that called most today; empty for a key that is bound to an installation. */
  budgets: BudgetDto[];
}
