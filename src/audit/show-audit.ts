import type { ChainedEntry } from './audit-chains.js';
import { lineOf, type Checkpoint } from './checkpoint-sealer.js';
import { SERVICE_CHAIN } from './audit-entry.js';
import type { AuditEntryDto, CheckpointDto, VerificationDto } from './audit.dto.js';
import type { Verification } from './verify-audit.js';

const installationOf = (chain: string): string | null => (chain === SERVICE_CHAIN ? null : chain);

export function showEntry(entry: ChainedEntry): AuditEntryDto {
  const { id, installationId, seq, at, actor, action, cause, orderId, opportunityId, settingsVersion, hash } =
    entry;
  return {
    id,
    installationId: installationOf(installationId),
    seq: Number(seq),
    at,
    actor,
    action,
    cause,
    orderId,
    opportunityId,
    settingsVersion,
    data: JSON.parse(entry.dataText) as object,
    hash: hash.toString('hex'),
  };
}

/** One line of NDJSON. */
export const exportLine = (entry: ChainedEntry): string => `${JSON.stringify(showEntry(entry))}\n`;

export function showVerification({ first, ...found }: Verification): VerificationDto {
  return { ...found, first: first && { ...first, installationId: installationOf(first.installationId) } };
}

export const showCheckpoint = (checkpoint: Checkpoint): CheckpointDto => ({
  number: checkpoint.number,
  at: checkpoint.at,
  hash: checkpoint.hash.toString('hex'),
  line: lineOf(checkpoint),
});
